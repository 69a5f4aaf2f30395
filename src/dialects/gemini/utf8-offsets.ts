/** So far apart are the places of a text whose offsets are kept. */
const STEP_BYTES = 1_024;

/**
 * Changes offsets in a text between bytes of UTF-8 and UTF-16 units. The text is gone through once; each question then looks
 * at a kilobyte of it, however many are asked.
 */
export class Utf8Offsets {
  private readonly bytes: Buffer;
  /** UTF-16 units before every so many bytes */
  private readonly units: number[] = [];

  constructor(text: string) {
    this.bytes = Buffer.from(text);
    let units = 0;
    for (let from = 0; from < this.bytes.length; from += STEP_BYTES) {
      this.units.push(units);
      units += this.unitsOf(from, Math.min(from + STEP_BYTES, this.bytes.length));
    }
    this.units.push(units);
  }

  get byteLength(): number {
    return this.bytes.length;
  }

  /** @param byte from 0 to `byteLength`; within a character it counts as that character's end */
  unitAt(byte: number): number {
    const step = Math.floor(byte / STEP_BYTES);
    return (this.units[step] ?? 0) + this.unitsOf(step * STEP_BYTES, byte);
  }

  /** @param unit beyond the text's end it counts as the end */
  byteAt(unit: number): number {
    let [low, high] = [0, this.units.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.units[middle] ?? 0) <= unit) low = middle;
      else high = middle - 1;
    }
    let byte = Math.min(low * STEP_BYTES, this.bytes.length);
    for (let units = this.units[low] ?? 0; units < unit && byte < this.bytes.length; byte += 1) {
      units += unitsBegunBy(this.bytes[byte] as number);
    }
    while (byte < this.bytes.length && unitsBegunBy(this.bytes[byte] as number) === 0) byte += 1;
    return byte;
  }

  private unitsOf(from: number, to: number): number {
    let units = 0;
    for (let byte = from; byte < to; byte += 1) units += unitsBegunBy(this.bytes[byte] as number);
    return units;
  }
}

/** A character's first byte stands for all of it; four bytes are a pair of surrogates. */
function unitsBegunBy(byte: number): number {
  if ((byte & 0xc0) === 0x80) return 0;
  return byte >= 0xf0 ? 2 : 1;
}
