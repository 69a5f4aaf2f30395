import type { Request } from 'express';

/** Where a request is addressed, before anything is looked up. */
export type BranchAddress =
  | { readonly kind: 'branch'; readonly ref: string }
  | { readonly kind: 'default' }
  | { readonly kind: 'unresolved'; readonly code: 'untrusted_host' | 'unparseable_host' | 'unknown_region' };

/** An Express request with what the edge puts on it before any guard runs. */
export interface EdgeRequest extends Request {
  requestId: string;
  /** monotonic milliseconds */
  arrivedAt: number;
  /** the branch of a `/branches/<branch>` prefix, decoded; null without one */
  pathBranch: string | null;
  /** the peer, or the address a trusted proxy names */
  clientAddress: string;
  /** the client waits for `100 Continue` before it sends the body */
  expectsContinue: boolean;
}
