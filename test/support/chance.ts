/** Chance that is the same for the same seed, so that a failure can be repeated. */
export class Chance {
  private state: number;

  constructor(seed: number) {
    // Neighbouring seeds begin far apart.
    this.state = Math.imul(seed, 0x9e3779b1);
    for (let round = 0; round < 4; round++) this.next();
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    // xorshift: three shifts of a state that is never zero
    let state = this.state || 0x9e3779b9;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.state = state;
    return (state >>> 0) / 2 ** 32;
  }

  int(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  maybe(probability = 0.5): boolean {
    return this.next() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.int(0, items.length - 1)] as Item;
  }

  list<Item>(least: number, most: number, make: (index: number) => Item): Item[] {
    return Array.from({ length: this.int(least, most) }, (_, index) => make(index));
  }

  /** The fields, each of them or not. */
  some(fields: Readonly<Record<string, () => unknown>>, probability = 0.4): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(fields).flatMap(([key, make]) => (this.maybe(probability) ? [[key, make()]] : [])),
    );
  }

  /** A text with all that encoders stumble over; never empty. */
  text(): string {
    const words = ['a', 'Bough', '\n\n', 'data: [DONE]', '"', '\\', '😀', 'é', '\u2028', '{"x":1}', '</think>', ' '];
    return this.list(1, 6, () => this.pick(words)).join('');
  }

  /** Letters and digits that were not given out before. */
  name(prefix: string): string {
    return `${prefix}${Math.floor(this.next() * 1e9).toString(36)}`;
  }

  /** JSON text of an object, with spaces where a model might put them. */
  json(): string {
    const value = this.some({
      text: () => this.text(),
      list: () => [1, null, { deep: this.text() }],
      number: () => -0.5,
    });
    return JSON.stringify(value, null, this.pick([0, 0, 1]));
  }

  /** The pieces of a text, cut anywhere between its characters. */
  pieces(text: string): string[] {
    const characters = Array.from(text);
    const pieces: string[] = [];
    while (characters.length > 0) pieces.push(characters.splice(0, this.int(1, 5)).join(''));
    return pieces;
  }
}
