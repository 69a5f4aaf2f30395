import type { IdSource } from '../platform/id-source.js';
export function issueManagementKey(ids: IdSource): string {
  return `napi_${ids.base62(64)}`;
}
