import { reportOf } from './report-of.js';
import { reportOnPackage } from './report-on-package.js';

postMessage(await reportOf(reportOnPackage));
