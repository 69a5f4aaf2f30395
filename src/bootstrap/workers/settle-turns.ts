import type { DemoProject } from '../demo-project.js';
import type { SettleTurn } from './messages.js';

interface Waiting {
  readonly worker: number;
  readonly give: (turn: SettleTurn) => void;
}

/** Of the workers that start together one settles the installation; the others wait for what came of it. */
export class SettleTurns {
  private settled: (SettleTurn & { settled: true }) | null = null;
  private settling: number | null = null;
  private waiting: Waiting[] = [];

  ask(worker: number): Promise<SettleTurn> {
    if (this.settled !== null) return Promise.resolve(this.settled);
    if (this.settling !== null) return new Promise(give => this.waiting.push({ worker, give }));
    this.settling = worker;
    return Promise.resolve({ settled: false });
  }

  done(demo: DemoProject | null): void {
    this.settled = { settled: true, demo };
    for (const { give } of this.waiting.splice(0)) give(this.settled);
  }

  /** A worker that died in its turn is followed by the next. */
  forget(worker: number): void {
    this.waiting = this.waiting.filter(waiting => waiting.worker !== worker);
    if (this.settling !== worker) return;
    this.settling = null;
    const next = this.waiting.shift();
    if (next === undefined || this.settled !== null) return;
    this.settling = next.worker;
    next.give({ settled: false });
  }
}
