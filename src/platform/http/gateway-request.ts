import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';

/** Where a request is addressed, before anything is looked up. */
export type BranchAddress =
  | { readonly kind: 'branch'; readonly ref: string }
  | { readonly kind: 'default' }
  | { readonly kind: 'unresolved'; readonly code: 'untrusted_host' | 'unparseable_host' | 'unknown_region' };

/** A request with what the edge puts on it before any guard runs. Whichever way it comes in, it has these and Node's own. */
export interface EdgeRequest extends IncomingMessage {
  url: string;
  method: string;
  /** the path and query as they came */
  originalUrl: string;

  requestId: string;
  /** monotonic milliseconds */
  arrivedAt: number;
  /** the branch of a `/branches/<branch>` prefix, decoded; null without one */
  pathBranch: string | null;
  /** the peer, or the address a trusted proxy names */
  clientAddress: string;
  /** the client waits for `100 Continue` before it sends the body */
  expectsContinue: boolean;
  /** its answer does not say its id yet: the writer of the head does (`nameAnswer`, `idHeadersOf`) */
  isUnnamed?: boolean;
  /** of the error that answers it, for the log and the metrics */
  errorCode?: string;
  /** of the same error, as the caller was told */
  errorMessage?: string;
}

/** A request behind Express's router. */
export type RoutedRequest = EdgeRequest & Request;
