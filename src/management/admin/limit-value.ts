import { usdToNano } from '../../config/app-config.js';
import { LIMIT_KINDS, SPEND_KINDS } from '../../quota/limit.types.js';
import { invalidField } from '../refusals.js';
import { nanoToUsd } from '../usd.js';

interface GivenValue {
  readonly kind: string;
  readonly value?: number;
  readonly usd?: string;
}

/** @throws {GatewayError} invalid_request where dollars are given for a number, a number for dollars, or nothing */
export function readLimitValue({ kind, value, usd }: GivenValue): bigint {
  if (isSpend(kind)) {
    if (value !== undefined) throw invalidField('value', 'is for requests and tokens: give the dollars as usd');
    if (usd === undefined) throw invalidField('usd', 'must be a text with US dollars such as "12.50"');
    return usdToNano(usd);
  }
  if (usd !== undefined) throw invalidField('usd', 'is for spend limits: give the number as value');
  if (value === undefined) throw invalidField('value', 'must be a whole number');
  return BigInt(value);
}

export function viewLimitValue(kind: string, value: bigint): { usd: string } | { value: number } {
  return isSpend(kind) ? { usd: nanoToUsd(value) } : { value: Number(value) };
}

function isSpend(kind: string): boolean {
  return LIMIT_KINDS.some(known => known === kind && SPEND_KINDS.has(known));
}
