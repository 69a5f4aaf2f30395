import type { TokenCounts } from '../dialects/token-counts.js';

/** How a metered request ended. */
type UsageStatus =
  | 'completed'
  | 'client_disconnected'
  | 'truncated'
  | 'upstream_timeout'
  | 'upstream_error'
  // by a replica that died; found in its journal
  | 'aborted'
  // no upstream was asked: what the gateway refused, or could not do. It is no usage, and no sum of usage counts it.
  | 'refused';

/** One request: one that reached an upstream, or one that was refused. Money is nano-dollars. */
export interface UsageRecord {
  readonly requestId: string;
  /** milliseconds since 1970 UTC */
  readonly occurredAt: number;
  readonly organizationId: string;
  readonly projectId: string;
  readonly branchId: string;
  readonly credentialId: string;
  readonly modelId: string;
  readonly dialect: string;
  readonly upstream: string;
  readonly upstreamModel: string;
  readonly stream: boolean;
  readonly status: UsageStatus;
  readonly httpStatus: number;
  readonly tokens: TokenCounts;
  /** true where the provider gave no usage and we counted */
  readonly estimated: boolean;
  readonly costNanoUsd: bigint;
  /** true where something of it had no price, so that the cost is an assumption */
  readonly unpriced?: boolean;
  /** the version of the model's price that the cost comes from, where it is known */
  readonly priceVersion?: number | null;
  readonly durationMs: number;
  readonly firstTokenMs: number | null;
  /** of the error that answered it; absent where none did */
  readonly code?: string;
  /** a `RequestDetail` as JSON; absent where nothing is known, as of what a dead replica began */
  readonly detail?: string;
  /** how many more were refused alike, and are counted here instead of kept */
  readonly repeats?: number;
}
