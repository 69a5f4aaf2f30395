import type { Dialect } from '../dialects/dialect.js';
import type { CatalogModel } from '../catalog/catalog.types.js';
import type { DecodedRequest } from '../dialects/neutral/codec.js';
import type { Loss, NeutralRequest } from '../dialects/neutral/neutral.types.js';
import type { ScannedRequest } from '../dialects/scanned-request.js';
import type { LocatedRequest } from '../identity/lineage.guard.js';
import type { ThrottleState } from '../quota/credential-throttler.guard.js';
import type { Estimate, Reservation } from '../quota/quota.types.js';
import type { ByteHold } from './body/byte-budget.js';
import type { PathFields } from './wire-dialect.js';

interface Attempted {
  readonly upstream: string;
  /** its name for the model */
  readonly model: string;
  /** in which it was asked */
  readonly dialect: Dialect;
  /** it may have taken the request, and has not refused it: then it is paid */
  readonly mayHaveWorked: boolean;
}

/** A request as the corridor has furnished it, room by room. */
export interface InferenceRequest extends LocatedRequest {
  throttle?: ThrottleState;
  /** by the model guard */
  dialect: Dialect;
  wire: ScannedRequest;
  model: CatalogModel;
  /** what the path says of the model, in the dialect that has it there */
  pathFields?: PathFields;
  /** the body's meaning, once a target that speaks another dialect is tried */
  decoded?: DecodedRequest;
  /** what the translation of an answer needs of it: of a large request only an outline */
  asked?: NeutralRequest;
  /** the part of the body budget that a large translated body holds; given back with the body's own */
  madeOfBody?: ByteHold;
  /** what was taken out because the model rejects it */
  adapted?: readonly Loss[];
  /** what the target that answers could not be told, by field */
  losses?: readonly Loss[];
  /** by the quota interceptor */
  reservation?: Reservation;
  /** what was reserved */
  estimate?: Estimate;
  /** how the limits stand, where no place in them was to be had */
  limitHeaders?: readonly (readonly [string, string])[];
  /** the upstream that was tried last */
  attempted?: Attempted;
  /** its usage record is made */
  recorded?: boolean;
}
