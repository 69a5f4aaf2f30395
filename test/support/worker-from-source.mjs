// Where a worker thread of the tests starts: they run from the sources.
import { requireSource } from './require-source.mjs';

requireSource('../../src/platform/workers/worker-main.ts');
