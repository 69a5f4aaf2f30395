/** What becomes of the processes behind one port: a pure state machine. Its shell is `Supervisor`. */

/** A process that dies before it serves, or within this time of it, has ended at once. */
export const STABLE_MS = 10_000;
/** So often in a row may a process end at once where no other serves. */
export const MAX_SHORT_LIVES = 5;
const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 30_000;
/** As for one process: what the environment says cannot be used. */
export const EXIT_CONFIGURATION = 78;

interface Slot {
  readonly status: 'starting' | 'serving' | 'waiting' | 'ended';
  /** monotonic milliseconds; of a process that serves or has served */
  readonly servesSince: number | null;
  /** how often in a row its process ended at once */
  readonly shortLives: number;
}

export interface Fleet {
  readonly phase: 'running' | 'stopping' | 'over';
  readonly slots: readonly Slot[];
  /** whether one has ever served */
  readonly hasServed: boolean;
  readonly announced: boolean;
  /** while it stops: whether a process did not end as it should */
  readonly unclean: boolean;
}

export type FleetEvent =
  | { readonly type: 'serves'; readonly slot: number; readonly at: number }
  /** @property failure what a process that could not start said of it */
  | {
      readonly type: 'died';
      readonly slot: number;
      readonly at: number;
      readonly code: number | null;
      readonly failure?: string;
    }
  | { readonly type: 'waited'; readonly slot: number }
  | { readonly type: 'stop' };

export type FleetAction =
  | { readonly type: 'fork'; readonly slot: number }
  | { readonly type: 'wait'; readonly slot: number; readonly ms: number }
  /** all serve, for the first time */
  | { readonly type: 'announce' }
  | { readonly type: 'drain' }
  /** @property message for the operator; whatever still runs is ended at once */
  | { readonly type: 'exit'; readonly code: number; readonly message?: string };

type Step = readonly [Fleet, readonly FleetAction[]];

export function openFleet(count: number): Step {
  const slots = Array.from({ length: count }, (): Slot => ({ status: 'starting', servesSince: null, shortLives: 0 }));
  const fleet: Fleet = { phase: 'running', slots, hasServed: false, announced: false, unclean: false };
  return [fleet, slots.map((_, slot) => ({ type: 'fork', slot }))];
}

export function step(fleet: Fleet, event: FleetEvent): Step {
  if (fleet.phase === 'over') return [fleet, []];
  if (event.type === 'stop') return stop(fleet);
  if (fleet.phase === 'stopping') return event.type === 'died' ? ended(fleet, event.slot, event.code) : [fleet, []];
  if (event.type === 'serves') return serves(fleet, event.slot, event.at);
  if (event.type === 'waited')
    return [change(fleet, event.slot, { status: 'starting' }), [{ type: 'fork', slot: event.slot }]];
  return died(fleet, event);
}

function serves(fleet: Fleet, slot: number, at: number): Step {
  const now = { ...change(fleet, slot, { status: 'serving', servesSince: at }), hasServed: true };
  if (fleet.announced || now.slots.some(({ status }) => status !== 'serving')) return [now, []];
  return [{ ...now, announced: true }, [{ type: 'announce' }]];
}

function died(fleet: Fleet, { slot, at, code, failure }: FleetEvent & { type: 'died' }): Step {
  if (code === EXIT_CONFIGURATION) return exit(fleet, EXIT_CONFIGURATION, failure);
  // What keeps the first process from starting keeps the next: the one who started this program is told, as by one process.
  if (failure !== undefined && !fleet.hasServed) return exit(fleet, 1, failure);
  const { servesSince, shortLives: before } = slotOf(fleet, slot);
  const isShort = servesSince === null || at - servesSince < STABLE_MS;
  const shortLives = isShort ? before + 1 : 0;
  const now = change(fleet, slot, { status: isShort ? 'waiting' : 'starting', servesSince: null, shortLives });
  if (!isShort) return [now, [{ type: 'fork', slot }]];
  if (shortLives >= MAX_SHORT_LIVES && !now.slots.some(({ status }) => status === 'serving')) {
    return exit(now, 1, givenUp(shortLives, failure));
  }
  return [now, [{ type: 'wait', slot, ms: Math.min(FIRST_WAIT_MS * 2 ** (shortLives - 1), MAX_WAIT_MS) }]];
}

function givenUp(times: number, failure: string | undefined): string {
  const why = failure === undefined ? 'The lines above say how they ended.' : failure;
  return `Bough gives up: a worker process ended ${times} times in a row as soon as it was started, and no other serves. ${why}`;
}

function stop(fleet: Fleet): Step {
  if (fleet.phase === 'stopping') return exit(fleet, 1);
  const slots = fleet.slots.map(slot => (slot.status === 'waiting' ? { ...slot, status: 'ended' as const } : slot));
  const now: Fleet = { ...fleet, phase: 'stopping', slots };
  return isEmpty(now) ? exit(now, 0) : [now, [{ type: 'drain' }]];
}

function ended(fleet: Fleet, slot: number, code: number | null): Step {
  const now = { ...change(fleet, slot, { status: 'ended' }), unclean: fleet.unclean || code !== 0 };
  return isEmpty(now) ? exit(now, now.unclean ? 1 : 0) : [now, []];
}

function exit(fleet: Fleet, code: number, message?: string): Step {
  const action: FleetAction = { type: 'exit', code, ...(message === undefined ? {} : { message }) };
  return [{ ...fleet, phase: 'over' }, [action]];
}

function isEmpty({ slots }: Fleet): boolean {
  return slots.every(({ status }) => status === 'ended');
}

function slotOf({ slots }: Fleet, slot: number): Slot {
  const found = slots[slot];
  if (found === undefined) throw new RangeError(`there is no process ${slot}`);
  return found;
}

function change(fleet: Fleet, slot: number, changes: Partial<Slot>): Fleet {
  return { ...fleet, slots: fleet.slots.with(slot, { ...slotOf(fleet, slot), ...changes }) };
}
