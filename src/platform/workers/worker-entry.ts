/** Where a worker thread starts. A module of its own, because the tests run from the sources and start it otherwise. */
export const WORKER_ENTRY = new URL('./worker-main.js', import.meta.url);
