import type { IdSource } from '../../platform/id-source.js';
import type { LockedTree } from './locked-tree.repository.js';

/** Gives branches the limits that branches of their names are born with. */
export async function addBornLimits(
  tree: LockedTree,
  branches: readonly { id: string; name: string }[],
  ids: IdSource,
): Promise<void> {
  const defaults = await tree.listLimitDefaults();
  const limits = branches.flatMap(({ id: branchId, name }) =>
    smallestMatches(defaults, name).map(({ id: defaultId, kind, modelId, value, hard }) => {
      return { id: ids.prefixed('lim'), branchId, defaultId, kind, modelId, value, hard };
    }),
  );
  await tree.addLimits(limits);
}

/** Whether a pattern matches the whole name. `*` stands for any run of characters, `/` among them; all else for itself. */
export function matchesPattern(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === name;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  // Each part as early as it can stand: what matches at all matches so, in one walk over the name.
  let place = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, place);
    if (found < 0) return false;
    place = found + part.length;
  }
  return place + last.length <= name.length;
}

interface PatternedLimit {
  readonly pattern: string;
  readonly kind: string;
  readonly modelId: string;
  readonly value: bigint;
  readonly hard: boolean;
}

/** Of the defaults that match a branch's name, the smallest of each kind and model; it is hard where any of them is. */
export function smallestMatches<Row extends PatternedLimit>(defaults: readonly Row[], name: string): Row[] {
  const smallest = new Map<string, Row>();
  const hard = new Set<string>();
  for (const row of defaults) {
    const key = `${row.kind} ${row.modelId}`;
    const known = smallest.get(key);
    if (!matchesPattern(row.pattern, name)) continue;
    if (known === undefined || row.value < known.value) smallest.set(key, row);
    if (row.hard) hard.add(key);
  }
  return [...smallest].map(([key, row]) => ({ ...row, hard: hard.has(key) }));
}
