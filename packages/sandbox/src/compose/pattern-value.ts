import { refuseSchema, type StepBudget } from './schema-check.js';
import type { SeededRandom } from './seeded-random.js';

/** Writes a string that matches a part of an expression. */
type Write = () => string;

const DIGITS = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const WORD = `${LOWER}${LOWER.toUpperCase()}${DIGITS}_`;
const PRINTABLE = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');
const without = (excluded: string): string => [...PRINTABLE].filter(char => !excluded.includes(char)).join('');
const CLASSES: Record<string, string> = {
  d: DIGITS,
  w: WORD,
  s: ' ',
  D: without(DIGITS),
  W: without(WORD),
  S: without(' '),
  n: '\n',
  t: '\t',
};

const MAX_PATTERN = 1000;
const MAX_REPEATS = 4096;
/** A class is a set, so more than this says the same again. */
const MAX_CLASS = 256;
const MAX_TRIES = 40;
const MAX_DEPTH = 50;

/**
 * A string that matches the expression and whose length lies between the bounds (in characters). The expression is read
 * and never run: it is the caller's. Throws `RequestRefusal` for what is beyond this small part of the language, such as
 * look-aheads, and when no length fits.
 */
export function patternValue(
  pattern: string,
  bounds: { low: number; high: number },
  random: SeededRandom,
  budget: StepBudget,
): string {
  if (pattern.length > MAX_PATTERN) throw refuseSchema(`a pattern is longer than ${MAX_PATTERN} characters`);
  budget.spend(pattern.length * 10);
  const reader = new PatternReader(pattern, random, budget);
  const write = reader.read();
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    // Open repeats go little further than they must at first, then about as far as the lower bound may need.
    reader.stretch = attempt < 8 ? attempt % 4 : Math.ceil(bounds.low / (attempt - 7));
    const value = write();
    const length = [...value].length;
    if (length >= bounds.low && length <= bounds.high) return value;
  }
  throw refuseSchema(`no string of ${bounds.low} to ${bounds.high} characters was found for '${pattern.slice(0, 80)}'`);
}

class PatternReader {
  stretch = 0;
  private at = 0;

  constructor(
    private readonly pattern: string,
    private readonly random: SeededRandom,
    private readonly budget: StepBudget,
  ) {}

  read(): Write {
    const write = this.readEither(0);
    if (this.at < this.pattern.length) throw this.unsupported();
    return write;
  }

  private unsupported(): Error {
    return refuseSchema(`the pattern '${this.pattern.slice(0, 80)}' is not supported (at character ${this.at})`);
  }

  /** What the sticky expression finds here, which is then behind us. */
  private take(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.at;
    const found = expression.exec(this.pattern);
    if (found !== null) this.at = expression.lastIndex;
    return found;
  }

  private readEither(depth: number): Write {
    if (depth > MAX_DEPTH) throw this.unsupported();
    const branches = [this.readSequence(depth)];
    while (this.take(/\|/y)) branches.push(this.readSequence(depth));
    return () => this.random.pick(branches)();
  }

  private readSequence(depth: number): Write {
    const items: Write[] = [];
    while (this.at < this.pattern.length && !'|)'.includes(this.pattern[this.at])) {
      if (this.take(/[$^]|\\b/y) === null) items.push(this.readRepeat(this.readItem(depth)));
    }
    return () => {
      this.budget.spend(1);
      return items.map(write => write()).join('');
    };
  }

  private readRepeat(item: Write): Write {
    const found = this.take(/(?:([*+?])|\{(\d{1,4})(,?)(\d{0,4})\})\??/y);
    if (found === null) return item;
    const [, sign, least, comma, most] = found;
    const low = sign === undefined ? Number(least) : sign === '+' ? 1 : 0;
    const high =
      sign === '?' ? 1 : sign !== undefined || (comma !== '' && most === '') ? Infinity : Number(most || least);
    return () => {
      const reach = Math.min(high, low + this.stretch);
      const times = high === Infinity ? reach : this.random.between(low, reach);
      let written = '';
      for (let count = 0; count < times && written.length < MAX_REPEATS; count++) {
        this.budget.spend(1);
        written += item();
      }
      return written;
    };
  }

  private readItem(depth: number): Write {
    if (this.take(/\((?:\?:|\?<[A-Za-z]\w*>|(?!\?))/y)) {
      const inner = this.readEither(depth + 1);
      if (this.take(/\)/y) === null) throw this.unsupported();
      return inner;
    }
    const isAny = this.take(/\./y) !== null;
    const choices = [...(isAny ? LOWER : this.take(/\[/y) ? this.readClass() : this.readCharacter())];
    return () => {
      this.budget.spend(1);
      return this.random.pick(choices);
    };
  }

  /** One character, or the characters of an escape such as `\d`. */
  private readCharacter(): string {
    const escape = this.take(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|([^1-9BkpPxu]))/iy);
    if (escape !== null) {
      const [, short, long, letter] = escape;
      if (letter === undefined) return String.fromCodePoint(Number.parseInt(short ?? long, 16));
      return Object.hasOwn(CLASSES, letter) ? CLASSES[letter] : letter;
    }
    const literal = this.take(/[^\\()*+?]/uy);
    if (literal === null) throw this.unsupported();
    return literal[0];
  }

  private readClass(): string {
    const isNegated = this.take(/\^/y) !== null;
    let choices = '';
    while (this.take(/\]/y) === null) {
      if (this.at >= this.pattern.length || choices.length > MAX_CLASS) throw this.unsupported();
      const low = this.take(/[()*+?]/y)?.[0] ?? this.readCharacter();
      if ([...low].length > 1 || this.take(/-(?!\])/y) === null) choices += low;
      else choices += range(low, this.readCharacter());
    }
    const allowed = isNegated ? without(choices) : choices;
    if (allowed === '') throw this.unsupported();
    return allowed;
  }
}

function range(low: string, high: string): string {
  const first = low.codePointAt(0) ?? 0;
  // Some hundred characters stand for a range as well as all of Unicode would.
  const size = Math.max(0, Math.min((high.codePointAt(0) ?? 0) - first + 1, MAX_CLASS));
  return Array.from({ length: size }, (_, index) => String.fromCodePoint(first + index)).join('');
}
