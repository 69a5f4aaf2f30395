const MAX_SUGGESTIONS = 3;
/** Longer ids are no typing errors. */
const MAX_ASKED = 64;
/** So many ids are compared: an unknown id costs no more, however large the catalog is. */
const MAX_COMPARED = 250;
/** One wrong character for each so many of what was asked for. */
const LETTERS_PER_FAULT = 5;

/**
 * The ids that are most like one that nothing has: the nearest first, none that is far. How ids are written (case, dots,
 * a maker's name before them, the order of their words) counts for little.
 */
export function nearestIds(asked: string, ids: readonly string[]): string[] {
  if (asked.length > MAX_ASKED) return [];
  const wanted = spellings(asked);
  const faults = Math.max(1, Math.floor((wanted[0]?.length ?? 0) / LETTERS_PER_FAULT));
  return ids
    .slice(0, MAX_COMPARED)
    .map(id => ({ id, distance: between(wanted, spellings(id.slice(0, MAX_ASKED)), faults) }))
    .filter(({ distance }) => distance <= faults)
    .toSorted((one, other) => one.distance - other.distance)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ id }) => id);
}

/** An id as it reads, and with its words in the order of the alphabet: `claude-4-5-haiku` is `claude-haiku-4-5`. */
function spellings(id: string): [plain: string, sorted: string] {
  const words = id
    .slice(id.lastIndexOf('/') + 1)
    .toLowerCase()
    .split(/[^a-z0-9]/)
    .filter(word => word !== '' && word !== 'databricks');
  return [words.join('-'), words.toSorted().join('-')];
}

/** Words in another order are one fault more. */
function between([plain, sorted]: [string, string], [itsPlain, itsSorted]: [string, string], most: number): number {
  return Math.min(distanceOf(plain, itsPlain, most), distanceOf(sorted, itsSorted, most) + 1);
}

/** How many characters must be added, left out or replaced; `Infinity` beyond `most`. */
function distanceOf(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return Infinity;
  let above = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const here = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = (above[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1);
      here.push(Math.min(replaced, (above[column] ?? 0) + 1, (here[column - 1] ?? 0) + 1));
    }
    if (Math.min(...here) > most) return Infinity;
    above = here;
  }
  return above.at(-1) ?? Infinity;
}
