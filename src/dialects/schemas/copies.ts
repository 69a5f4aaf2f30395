import type { Json } from '../../json/value.js';

/** Characters of JSON that references may add to a schema. */
const MAX_COPIED = 1_048_576;

/** How much of a schema is written in the place of references to it: once all of it, and a bounded part of it again. */
export class Copies {
  private copied = 0;
  private most: number | null = null;
  /** of what was copied, in characters */
  private readonly sizes = new Map<Json, number>();

  constructor(private readonly root: Json) {}

  /** Whether what a reference leads to may be written once more. The work ends with the first no. */
  mayCopy(target: Json): boolean {
    this.most ??= MAX_COPIED + JSON.stringify(this.root).length;
    const size = this.sizes.get(target) ?? JSON.stringify(target).length;
    this.sizes.set(target, size);
    this.copied += size;
    return this.copied <= this.most;
  }
}
