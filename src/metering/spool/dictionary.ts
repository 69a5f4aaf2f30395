/** After so many bytes of a segment words are told anew: what is damaged there costs the blocks of one such stretch at most. */
const STRETCH_BYTES = 65_536;

interface Word {
  readonly number: number;
  readonly text: string;
  /** the last block that told it */
  block: number;
  /** a block that told it is on the disk, not only with the system */
  synced: boolean;
}

/**
 * What repeats in the records of one segment, each by a number. A block tells the words that it uses unless one that was
 * synced has told them: so whatever a power cut damages, and a failed write, no block needs another to be read. A number is
 * never used for a second word of the same segment, so that a lost word makes a record unreadable and not wrong.
 */
export class Dictionary {
  private words = new Map<string, Word>();
  private next = 0;
  private block = 0;
  private bytes = 0;
  private unwritten: Word[] = [];
  private unsynced: Word[] = [];

  /** A new block begins; whether the last one was written does not matter. */
  open(): void {
    this.block += 1;
    this.unwritten = [];
    if (this.bytes > STRETCH_BYTES) this.restart();
  }

  /** The number of a word, which the open block tells where it must. */
  numberOf(text: string): number {
    let word = this.words.get(text);
    if (word === undefined) {
      word = { number: this.next, text, block: 0, synced: false };
      this.next += 1;
      this.words.set(text, word);
    }
    if (!word.synced && word.block !== this.block) {
      word.block = this.block;
      this.unwritten.push(word);
    }
    return word.number;
  }

  /** What the open block has to tell. */
  get told(): readonly Word[] {
    return this.unwritten;
  }

  /** The open block is in the segment. */
  written(bytes: number): void {
    this.bytes += bytes;
    if (this.unwritten.length > 0) this.unsynced.push(...this.unwritten);
  }

  /** A sync begins: what it will have brought to the disk, to be handed to `synced`. */
  startSync(): readonly Word[] {
    return this.unsynced.splice(0);
  }

  synced(words: readonly Word[]): void {
    for (const word of words) word.synced = true;
  }

  /** Forgets all words but not their numbers. */
  restart(): void {
    this.words = new Map();
    this.bytes = 0;
  }
}
