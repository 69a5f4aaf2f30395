import type { SeededRandom } from '../seeded-random.js';
import { refuseSchema } from './schema-refusal.js';
import type { StepBudget } from './step-budget.js';

/** A small part of the regular expression language: what schemas use to describe ids, codes and numbers. */
type PatternNode =
  | { kind: 'characters'; choices: readonly string[] }
  | { kind: 'sequence'; items: PatternNode[] }
  | { kind: 'either'; branches: PatternNode[] }
  | { kind: 'repeat'; item: PatternNode; low: number; high: number };

const DIGITS = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const PRINTABLE = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');
const WORD = LOWER + UPPER + DIGITS + '_';

const without = (excluded: string): string => [...PRINTABLE].filter(char => !excluded.includes(char)).join('');

const CLASSES: Record<string, string> = {
  d: DIGITS,
  w: WORD,
  s: ' ',
  D: without(DIGITS),
  W: without(WORD),
  S: without(' '),
};
const CONTROLS: Record<string, string> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', '0': '\0' };
const PROPERTIES: Record<string, string> = { L: LOWER + UPPER, Ll: LOWER, Lu: UPPER, N: DIGITS, Nd: DIGITS };

const MAX_REPEATS = 4096;
const MAX_TRIES = 60;
/** A class is a set, so more than this says the same again. */
const MAX_CLASS = 1024;
/** What a character of a pattern costs to be read, in steps of writing. */
const STEPS_A_CHARACTER = 10;

/**
 * A string that matches the expression and whose length lies between the bounds (in characters).
 * Throws `RequestRefusal` for expressions beyond the supported part, such as look-aheads, or when no length fits.
 */
export function patternValue(
  pattern: string,
  bounds: { low: number; high: number },
  random: SeededRandom,
  budget: StepBudget,
): string {
  budget.spend(pattern.length * STEPS_A_CHARACTER);
  const root = new PatternReader(pattern).read();
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const value = write(root, random, stretchOf(attempt, bounds.low), budget);
    const length = [...value].length;
    if (length >= bounds.low && length <= bounds.high) return value;
  }
  throw refuseSchema(`found no string of ${bounds.low} to ${bounds.high} characters for pattern '${shown(pattern)}'`);
}

/** How far open repeats go: little at first, then about as far as a lower bound on the length may need. */
function stretchOf(attempt: number, low: number): number {
  if (attempt < 8) return attempt % 4;
  return Math.max(0, attempt < 32 ? low - (attempt - 8) : Math.ceil(low / (attempt - 30)));
}

function write(node: PatternNode, random: SeededRandom, stretch: number, budget: StepBudget): string {
  budget.spend(1);
  switch (node.kind) {
    case 'characters':
      return random.pick(node.choices);
    case 'sequence':
      return node.items.map(item => write(item, random, stretch, budget)).join('');
    case 'either':
      return write(random.pick(node.branches), random, stretch, budget);
    case 'repeat': {
      const most = Math.min(node.high, node.low + stretch);
      const times = node.high === Infinity ? most : random.between(node.low, most);
      let written = '';
      for (let count = 0; count < times && written.length < MAX_REPEATS; count++) {
        written += write(node.item, random, stretch, budget);
      }
      return written;
    }
  }
}

const shown = (pattern: string): string => pattern.slice(0, 80);

class PatternReader {
  private at = 0;

  constructor(private readonly pattern: string) {
    if (pattern.length > 1000) throw refuseSchema('a pattern is longer than 1000 characters');
  }

  read(): PatternNode {
    const node = this.readEither(0);
    if (this.at < this.pattern.length) throw this.unsupported();
    return node;
  }

  private unsupported(): Error {
    return refuseSchema(`the pattern '${shown(this.pattern)}' is not supported (at character ${this.at})`);
  }

  private take(expected: string): boolean {
    if (!this.pattern.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }

  /** `expression` is a sticky one. */
  private takeMatch(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.at;
    const found = expression.exec(this.pattern);
    if (found !== null) this.at = expression.lastIndex;
    return found;
  }

  private readEither(depth: number): PatternNode {
    if (depth > 50) throw this.unsupported();
    const branches = [this.readSequence(depth)];
    while (this.take('|')) branches.push(this.readSequence(depth));
    return branches.length === 1 ? branches[0] : { kind: 'either', branches };
  }

  private readSequence(depth: number): PatternNode {
    const items: PatternNode[] = [];
    while (this.at < this.pattern.length && !'|)'.includes(this.pattern[this.at])) {
      if (this.take('^') || this.take('$') || this.take('\\b')) continue;
      items.push(this.readRepeat(this.readItem(depth)));
    }
    return { kind: 'sequence', items };
  }

  private readRepeat(item: PatternNode): PatternNode {
    const found = this.takeMatch(/(?:([*+?])|\{(\d{1,4})(,?)(\d{0,4})\})\??/y);
    if (found === null) return item;
    const [, sign, least, comma, most] = found;
    if (sign !== undefined)
      return { kind: 'repeat', item, low: sign === '+' ? 1 : 0, high: sign === '?' ? 1 : Infinity };
    const low = Number(least);
    return { kind: 'repeat', item, low, high: comma === '' ? low : most === '' ? Infinity : Number(most) };
  }

  private readItem(depth: number): PatternNode {
    if (this.take('(')) {
      this.takeMatch(/\?:|\?<[A-Za-z]\w*>/y);
      if (this.pattern[this.at] === '?') throw this.unsupported();
      const inner = this.readEither(depth + 1);
      if (!this.take(')')) throw this.unsupported();
      return inner;
    }
    if (this.take('[')) return { kind: 'characters', choices: [...this.readClass()] };
    if (this.take('.')) return { kind: 'characters', choices: [...(LOWER + DIGITS)] };
    return { kind: 'characters', choices: [...this.readCharacter()] };
  }

  /** One character, or the characters of an escape such as `\d`. */
  private readCharacter(): string {
    if (!this.take('\\')) {
      const literal = String.fromCodePoint(this.pattern.codePointAt(this.at) ?? 0);
      this.at += literal.length;
      return literal;
    }
    const hex = this.takeMatch(/x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\}/iy) ?? this.takeMatch(/[xu]/y);
    if (hex !== null) return String.fromCodePoint(Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? '78', 16));
    const property = this.takeMatch(/p\{(\w{1,32})\}/y);
    if (property !== null && Object.hasOwn(PROPERTIES, property[1])) return PROPERTIES[property[1]];
    const escaped = this.pattern[this.at];
    if (escaped === undefined || /[1-9BkpP]/.test(escaped)) throw this.unsupported();
    this.at++;
    if (Object.hasOwn(CLASSES, escaped)) return CLASSES[escaped];
    return Object.hasOwn(CONTROLS, escaped) ? CONTROLS[escaped] : escaped;
  }

  private readClass(): string {
    const negated = this.take('^');
    let choices = '';
    while (!this.take(']')) {
      if (this.at >= this.pattern.length || choices.length > MAX_CLASS) throw this.unsupported();
      const low = this.readCharacter();
      const isRange = this.pattern[this.at] === '-' && this.pattern[this.at + 1] !== ']' && [...low].length === 1;
      if (!isRange) {
        choices += low;
        continue;
      }
      this.at++;
      choices += range(low, this.readCharacter());
    }
    const allowed = negated ? without(choices) : choices;
    if (allowed === '') throw this.unsupported();
    return allowed;
  }
}

function range(low: string, high: string): string {
  const [first, last] = [low.codePointAt(0) ?? 0, high.codePointAt(0) ?? 0];
  // A few hundred characters stand for a range as well as all of Unicode would.
  const size = Math.max(0, Math.min(last - first + 1, 256));
  return Array.from({ length: size }, (_, index) => String.fromCodePoint(first + index)).join('');
}
