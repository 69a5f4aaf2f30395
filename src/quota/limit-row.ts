import { type Limit, LIMIT_KINDS, SCOPE_TYPES } from './limit.types.js';

interface LimitRow {
  readonly id: string;
  readonly scopeType: string;
  readonly scopeId: string;
  readonly modelId: string;
  readonly kind: string;
  readonly value: bigint;
  readonly hard: boolean;
}

/** A stored limit; none where a later release wrote what this one does not know. */
export function readLimit({ id, scopeType, scopeId, modelId, kind, value, hard }: LimitRow): Limit[] {
  const type = SCOPE_TYPES.find(known => known === scopeType);
  const counted = LIMIT_KINDS.find(known => known === kind);
  return type && counted ? [{ id, scopeType: type, scopeId, modelId, kind: counted, value, hard }] : [];
}
