import { connect } from './page.js';

connect(new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }));
