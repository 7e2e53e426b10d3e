import { reportOf } from './report-of.js';
import { reportOnPackage } from './report-on-package.js';

globalThis.report = reportOf(reportOnPackage);
