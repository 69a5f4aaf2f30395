import { usdToNano } from '../../config/app-config.js';
import { LIMIT_TABLE } from '../../quota/limit-kinds.js';
import { invalidField } from '../control-plane/refusals.js';
import { nanoToUsd } from '../../platform/nano-usd.js';
import type { LimitChange } from './limit.repository.js';

interface GivenValue {
  readonly kind: string;
  readonly value?: number;
  readonly usd?: string;
  readonly hard?: boolean;
}

/** @throws {GatewayError} invalid_request where dollars are given for a number, a number for dollars, or nothing */
export function readLimitValue({ kind, value, usd }: GivenValue): bigint {
  if (isSpend(kind)) {
    if (value !== undefined) throw invalidField('value', 'is for requests and tokens: give the dollars as usd');
    if (usd === undefined) throw invalidField('usd', 'must be a string with US dollars such as "12.50"');
    return usdToNano(usd);
  }
  if (usd !== undefined) throw invalidField('usd', 'is for spend limits: give the number as value');
  if (value === undefined) throw invalidField('value', 'must be a whole number');
  return BigInt(value);
}

/** @throws {GatewayError} invalid_request where a limit on requests shall be hard */
export function readHardness({ kind, hard = false }: GivenValue): boolean {
  if (hard && !mayBeHard(kind)) throw invalidField('hard', 'is for tokens and spend: requests are counted one by one');
  return hard;
}

/** Of a change, which may leave the value or the hardness as it is. @throws {GatewayError} invalid_request */
export function readLimitChange(given: GivenValue): LimitChange {
  if (given.hard === undefined) return { value: readLimitValue(given) };
  const hard = readHardness(given);
  return given.value === undefined && given.usd === undefined ? { hard } : { value: readLimitValue(given), hard };
}

export function viewHardness(kind: string, hard: boolean): { hard?: boolean } {
  return mayBeHard(kind) ? { hard } : {};
}

export function viewLimitValue(kind: string, value: bigint): { usd: string } | { value: number } {
  return isSpend(kind) ? { usd: nanoToUsd(value) } : { value: Number(value) };
}

function mayBeHard(kind: string): boolean {
  return LIMIT_TABLE.some(({ name, takes }) => name === kind && (takes === 'tokens' || takes === 'cost'));
}

function isSpend(kind: string): boolean {
  return LIMIT_TABLE.some(({ name, takes }) => name === kind && takes === 'cost');
}
