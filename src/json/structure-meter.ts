export interface StructureLimits {
  /** containers inside one another, the outermost included */
  readonly depth: number;
  /** keys of one object */
  readonly keys: number;
  /** items of one list */
  readonly items: number;
  /** values in all, whatever they are and wherever they stand */
  readonly values: number;
}

/** A text that holds too much, or says something twice. `message` is a public sentence about the request's body. */
export class StructureError extends Error {
  override readonly name = 'StructureError';

  constructor(
    readonly problem: string,
    /** the key at fault, where there is one */
    readonly key?: string,
  ) {
    super(`the request body ${problem}`);
  }
}

interface Container {
  /** null for a list */
  readonly keys: Set<string> | null;
  items: number;
}

const MAX_SHOWN = 100;

/**
 * Counts what a text holds while it is read, and refuses at the first thing too much: before anything is made of it. The
 * reader of JSON or YAML tells it of every container, key and value in their order; each costs the same, however many
 * came before.
 */
export class StructureMeter {
  private values = 0;
  private readonly open: Container[] = [];

  constructor(private readonly limits: StructureLimits) {}

  /** A value begins, a container too. @throws {StructureError} */
  value(): void {
    this.values += 1;
    if (this.values > this.limits.values) throw new StructureError(`holds more than ${this.limits.values} values`);
    const list = this.open.at(-1);
    if (list === undefined || list.keys !== null) return;
    list.items += 1;
    if (list.items > this.limits.items) throw new StructureError(`has a list of more than ${this.limits.items} items`);
  }

  /** The value that was told last is a container. @throws {StructureError} */
  enter(kind: 'object' | 'list'): void {
    if (this.open.length === this.limits.depth) {
      throw new StructureError(`is nested deeper than ${this.limits.depth} levels`);
    }
    this.open.push({ keys: kind === 'object' ? new Set() : null, items: 0 });
  }

  /** A key of the innermost object, without escapes. @throws {StructureError} */
  key(name: string): void {
    const keys = this.open.at(-1)?.keys;
    if (keys == null) return;
    if (keys.has(name)) throw new StructureError(`has the key "${name.slice(0, MAX_SHOWN)}" twice in one object`, name);
    keys.add(name);
    if (keys.size > this.limits.keys) throw new StructureError(`has an object of more than ${this.limits.keys} keys`);
  }

  leave(): void {
    this.open.pop();
  }
}
