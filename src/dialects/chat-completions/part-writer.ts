import type { NeutralEvent, PartStart } from '../neutral/neutral.types.js';

type PartDelta = Omit<Extract<NeutralEvent, { type: 'part-delta' }>, 'type' | 'choice' | 'part'>;

/** Writes the events of one choice and numbers its parts. */
export class PartWriter {
  private parts = 0;

  constructor(
    private readonly choice: number,
    private readonly emit: (event: NeutralEvent) => void,
  ) {}

  open(start: PartStart): number {
    const part = this.parts++;
    this.emit({ type: 'part-start', choice: this.choice, part, start });
    return part;
  }

  add(part: number, delta: PartDelta): void {
    this.emit({ type: 'part-delta', choice: this.choice, part, ...delta });
  }

  close(part: number): void {
    this.emit({ type: 'part-end', choice: this.choice, part });
  }
}
