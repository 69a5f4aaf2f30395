/** Below this no module may fall, in percent of the faults made in it. */
export const LOWEST_FLOOR = 90;

/** What is mutated, and which specs must notice. Without `files` all of the folder. */
export const MODULES = {
  relay: { folder: 'src/relay' },
  routing: { folder: 'src/routing' },
  upstream: { folder: 'src/upstream' },
  'target-loop': {
    folder: 'src/inference',
    files: ['target-loop.ts', 'attempt.ts', 'blame.ts'],
    specs: ['target-loop.spec.ts', 'blame.spec.ts'],
  },
  reservation: {
    folder: 'src/inference',
    files: ['charge.ts', 'estimate.ts'],
    specs: ['charge.spec.ts', 'estimate.spec.ts'],
  },
  quota: { folder: 'src/quota' },
  // The spool stands apart: real files, locks and processes, whose specs are in `src/metering/spool`.
  metering: { folder: 'src/metering', except: 'spool' },
  pricing: {
    folder: 'src/catalog',
    files: ['price-list.ts', 'pricing-problem.ts'],
    specs: ['price-list.spec.ts', 'pricing-problem.spec.ts'],
  },
};

/**
 * What is wrong with the stored scores: a module without one, one below its floor, a floor below the lowest.
 * @param {Readonly<Record<string, { killed: number, mutants: number, floor: number }>>} scores of `test/mutation.json`
 * @returns {string[]} a line for each
 */
export function scoreFaults(scores) {
  const missing = Object.keys(MODULES).filter(name => !(name in scores));
  const unknown = Object.keys(scores).filter(name => !(name in MODULES));
  const low = Object.entries(scores).filter(
    ([, { killed, mutants, floor }]) => !(floor >= LOWEST_FLOOR && Math.floor((100 * killed) / mutants) >= floor),
  );
  return [
    ...missing.map(name => `${name}: no score; run \`npm run mutation ${name}\``),
    ...unknown.map(name => `${name}: a score of no module`),
    ...low.map(
      ([name, { killed, mutants, floor }]) =>
        `${name}: ${killed} of ${mutants} faults noticed, floor ${floor} %, lowest floor ${LOWEST_FLOOR} %`,
    ),
  ];
}
