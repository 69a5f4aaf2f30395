import { setFlagsFromString } from 'node:v8';

/** Since this version of Node; V8 complains of a flag that it does not know. */
const FLAGS: readonly (readonly [since: number, flag: string])[] = [
  // V8 marks the whole heap anew whenever another 64 MiB of bodies have come, however short they live, unless their memory,
  // which lies outside the heap, is counted with it: half of what a body of a megabyte cost.
  [24, '--external-memory-accounted-in-global-limit'],
  // Up to four times what is in use otherwise, most of it records that the ledger has taken long ago.
  [20, '--heap-growing-percent=100'],
];

/** The flags of V8 that suit a gateway, of those that this version of Node knows. @param version such as `24.21.0` */
export function collectorFlags(version: string): readonly string[] {
  return FLAGS.filter(([since]) => Number(version.split('.')[0]) >= since).map(([, flag]) => flag);
}

/**
 * Sets them for this process (docs/performance.md has their figures). How large the young generation may grow is the one
 * thing that only the command line can say: `npm start` does.
 */
export function tuneCollector(): void {
  for (const flag of collectorFlags(process.versions.node)) setFlagsFromString(flag);
}
