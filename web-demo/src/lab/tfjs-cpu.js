import '@tensorflow/tfjs-backend-cpu';
import { tfjsContestant } from './tfjs-contestant.js';

export const create = () => tfjsContestant('cpu', async () => 'JavaScript');
