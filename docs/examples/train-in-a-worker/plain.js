import { connect } from './page.js';

connect(new Worker('plain-worker.js'));
