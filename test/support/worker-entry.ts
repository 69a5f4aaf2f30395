import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** In place of `src/platform/workers/worker-entry.ts`: the tests have no compiled program. */
export const WORKER_ENTRY = pathToFileURL(join(__dirname, 'worker-from-source.mjs'));
