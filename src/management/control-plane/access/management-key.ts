import type { IdSource } from '../../../platform/id-source.js';

const SECRET_LENGTH = 64;
const KEY = /^napi_[0-9A-Za-z]{32,128}$/;

/** Makes a key for the control plane: `napi_` and 64 letters and digits (381 random bits). */
export function issueManagementKey(ids: IdSource): string {
  return `napi_${ids.base62(SECRET_LENGTH)}`;
}

/** Whether a text has the form of a management key; anything else never costs a query. */
export function looksLikeManagementKey(text: string): boolean {
  return KEY.test(text);
}
