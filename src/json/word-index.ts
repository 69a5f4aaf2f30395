import { unescapeText } from './string-walker.js';

/** An escape such as `\u006d` spends six bytes on one character. */
const MAX_BYTES_PER_CHARACTER = 6;

/** A word among the strings of a text, and what it tells of the whole. */
export interface WatchedWord {
  /** ASCII, in the letter case in which it is looked for */
  readonly word: string;
  readonly tells: string;
  /** counts as the value of this key alone */
  readonly under?: string;
}

interface Entry extends WatchedWord {
  readonly bytes: Buffer;
}

/** Finds words by the bytes of a JSON string in a few comparisons, however it is escaped. */
export class WordIndex {
  private readonly byLength: readonly (readonly Entry[])[];
  private readonly longest: number;

  constructor(words: readonly WatchedWord[]) {
    const entries = words.map(word => ({ ...word, bytes: Buffer.from(word.word) }));
    this.longest = Math.max(0, ...entries.map(({ bytes }) => bytes.length));
    this.byLength = Array.from({ length: this.longest + 1 }, (_, length) =>
      entries.filter(({ bytes }) => bytes.length === length),
    );
  }

  /** The words that the string with the content `[start, end)` is: none, mostly. */
  find(body: Buffer, start: number, end: number, escaped: boolean): readonly WatchedWord[] {
    const length = end - start;
    if (!escaped) return length > this.longest ? NONE : this.at(body, start, length);
    if (length > this.longest * MAX_BYTES_PER_CHARACTER) return NONE;
    const plain = Buffer.from(unescapeText(body.toString('latin1', start, end)) ?? '');
    return this.at(plain, 0, plain.length);
  }

  private at(bytes: Buffer, start: number, length: number): readonly WatchedWord[] {
    let found: Entry[] | null = null;
    for (const entry of this.byLength[length] ?? NONE) {
      let at = 0;
      while (at < length && entry.bytes[at] === bytes[start + at]) at++;
      if (at === length) (found ??= []).push(entry);
    }
    return found ?? NONE;
  }
}

const NONE: readonly never[] = [];
