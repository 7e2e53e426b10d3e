import { reportOf } from './report-of.js';
import { reportOnThreads } from './report-on-threads.js';

postMessage(await reportOf(reportOnThreads));
