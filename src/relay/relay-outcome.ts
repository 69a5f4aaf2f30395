import type { TokenCounts } from '../dialects/token-counts.js';

/** How a relayed answer ended. */
export type RelayStatus = 'completed' | 'client_disconnected' | 'truncated' | 'upstream_timeout' | 'upstream_error';

/** What the relay knows when an answer is over, however it ended. */
export interface RelayOutcome {
  readonly status: RelayStatus;
  /** the HTTP status the caller saw */
  readonly httpStatus: number;
  /** as the provider reported it; null where it did not */
  readonly usage: TokenCounts | null;
  /** the text that reached us, for an estimate where the provider reported no usage */
  readonly answerText: () => { readonly text: string; readonly factor: number };
  /** monotonic milliseconds of the first byte to the caller */
  readonly firstByteAt: number | null;
}

/** Told how an answer ends before its last byte is sent. Resolves when that is recorded safely; never rejects. */
export type Settle = (outcome: RelayOutcome) => Promise<void>;
