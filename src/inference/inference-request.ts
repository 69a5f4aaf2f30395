import type { CatalogModel } from '../catalog/catalog.types.js';
import type { Dialect } from '../dialects/dialect.js';
import type { Loss } from '../dialects/neutral/neutral.types.js';
import type { ScannedRequest } from '../dialects/scanned-request.js';
import type { LocatedRequest } from '../identity/lineage.guard.js';
import type { ThrottleState } from '../quota/credential-throttler.guard.js';
import type { UsageRecord } from '../metering/usage-record.js';
import type { Estimate, Reservation } from '../quota/quota.types.js';
import type { Attempt } from './attempt.js';
import type { PathFields } from '../dialects/descriptor.js';

/** A request as the guards leave it. Nothing of it changes behind them but `work`. */
export interface InferenceRequest extends Readonly<LocatedRequest> {
  readonly throttle?: ThrottleState;
  readonly dialect: Dialect;
  readonly wire: ScannedRequest;
  readonly model: CatalogModel;
  /** what the path says of the model, in the dialect that has it there */
  readonly pathFields?: PathFields;
  /** what was taken out because the model rejects it */
  readonly adapted: readonly Loss[];
  /** absent where nothing is reserved: tokens are counted for free */
  work?: Work;
}

/** The same while the guards still furnish it. */
export type UnguardedRequest = { -readonly [Field in keyof InferenceRequest]: InferenceRequest[Field] };

/** What becomes of a request: made by the quota interceptor, ended by it. */
export interface Work {
  /** what was asked to be reserved */
  readonly estimate: Estimate;
  /** null where no place was to be had */
  readonly reservation: Reservation | null;
  /** how the limits stand where no place was to be had */
  readonly limitHeaders: readonly (readonly [string, string])[];
  /** the same with what the throttle says, once it is asked for */
  toldLimits?: Work['limitHeaders'];
  /** monotonic milliseconds of the reservation */
  readonly admittedAt: number;
  /** every target that was tried, in order */
  readonly attempts: Attempt[];
  /** its usage record is made */
  recorded: boolean;
  /** what that says; absent until then */
  record?: UsageRecord;
}
