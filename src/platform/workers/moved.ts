import type { TransferListItem } from 'node:worker_threads';

/** What a worker's `run` gives back without a copy: the value, and what of it is moved out of the thread. */
export class Moved<Value> {
  constructor(
    readonly value: Value,
    readonly transfer: readonly TransferListItem[],
  ) {}
}
