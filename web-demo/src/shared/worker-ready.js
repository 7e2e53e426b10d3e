/** The message by which a worker says that its script has been loaded and listens. */
export const READY = 'worker is ready';
