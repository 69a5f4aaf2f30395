import type { Loss } from '../dialects/neutral/neutral.types.js';

/** How an attempt ended, and what came of that. */
export const VERDICTS = ['answered', 'next_target', 'gave_up', 'caller_left'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** One target that was tried. Times are milliseconds since the request arrived. */
export interface AttemptDetail {
  readonly upstream: string;
  /** as the upstream calls it */
  readonly model: string;
  readonly verdict: Verdict;
  /** of the upstream's answer; absent where none came */
  readonly status?: number;
  /** of the error that it ended in */
  readonly code?: string;
  readonly started_ms: number;
  /** the head of the answer, or the failure */
  readonly ended_ms: number;
}

/** What became of a request besides what it used, as the ledger keeps it and `GET /admin/requests` shows it. */
export interface RequestDetail {
  /** absent where it is the id of the model */
  readonly asked_model?: string;
  /** what the caller was told, where that was an error */
  readonly message?: string;
  /** milliseconds since the request arrived until its limits let it in; absent where they did not */
  readonly admitted_ms?: number;
  readonly attempts?: readonly AttemptDetail[];
  readonly losses?: readonly Loss[];
  /** headers of the limits that it met, as the caller saw them */
  readonly limits?: readonly (readonly [string, string])[];
}
