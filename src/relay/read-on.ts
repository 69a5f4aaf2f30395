import type { StreamTap } from '../dialects/stream-tap.js';
import type { DisconnectDrain } from './relay-outcome.js';

/** Why a stream is read whose bytes nobody takes any more: what has come is to be counted, or its usage is to come yet. */
export type ReadOnStage = 'catch_up' | 'drain';
export type ReadOnStep = ReadOnStage | 'settle' | 'abandon';

/** What a provider sent while its reader was stopped lies in the buffers of the two sockets, and comes as fast as it is read. */
export const CATCH_UP_MS = 100;
export const CATCH_UP_BYTES = 16_777_216;
/** As much within `CATCH_UP_MS` comes out of buffers, also on a busy machine, and not from a model that writes on. */
const BACKLOG_BYTES = 16_384;
const MOST_CATCH_UPS = 40;

interface ReadOnFacts {
  /** null where reading on has not begun */
  readonly stage: ReadOnStage | null;
  /** the upstream had been stopped for a caller who reads too slowly */
  readonly paused: boolean;
  /** that were read in this stage */
  readonly bytes: number;
  readonly drain: DisconnectDrain;
}

/** What to do next with a stream that is no longer relayed, from what it has said. */
export function nextReadOn(
  tap: Pick<StreamTap, 'ending' | 'usageFinal' | 'stopped'>,
  { stage, paused, bytes, drain }: ReadOnFacts,
): ReadOnStep {
  if (tap.usageFinal) return stage === null ? 'abandon' : 'settle';
  if (tap.stopped) return 'abandon';
  if (tap.ending && drain.withinMs > 0) return stage === 'drain' && bytes > drain.maxBytes ? 'abandon' : 'drain';
  if (stage === null) return paused ? 'catch_up' : 'abandon';
  return stage === 'drain' || bytes > CATCH_UP_BYTES ? 'abandon' : 'catch_up';
}

/** Whether more is in the buffers, after so many times of catching up. @param bytes that came in the last of them */
export function hasBacklog(times: number, bytes: number): boolean {
  return times < MOST_CATCH_UPS && bytes >= BACKLOG_BYTES;
}
