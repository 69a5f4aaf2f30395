import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { Operator } from '../../identity/identity.types.js';
import { Clock } from '../../platform/clock.js';
import { SPEND_KINDS } from '../../quota/limit-kinds.js';
import type { Limit } from '../../quota/limit.types.js';
import { counterKey, type LimitInForce } from '../../quota/limit-index.js';
import { type LimitWindow, windowAt } from '../../quota/limit-window.js';
import { limitsAt, loadLimits } from '../../quota/limits-in-force.js';
import { type CounterState, QuotaRepository } from '../../quota/quota.repository.js';
import { notFound } from '../control-plane/refusals.js';
import { nanoToUsd } from '../../platform/nano-usd.js';
import { timestamp } from '../control-plane/notation.js';
import { viewHardness, viewLimitValue } from './limit-value.js';
import { viewBlock } from '../blocks/blocks.module.js';
import type { EffectiveLimit, EffectiveLimits, EffectiveLimitsQuery } from './limit.dto.js';
import { EffectiveLimitRepository, type NamedScope } from './effective-limit.repository.js';

/** A line of the list: what was set, where credit ends, or a default. */
interface LimitLine {
  readonly limit: LimitInForce;
  /** null for a default */
  readonly stored: Limit | null;
  readonly window: LimitWindow;
  readonly key: string;
}

/** Says what a request on a branch would count against, where each limit comes from, and what is left of it. */
@Injectable()
export class EffectiveLimitsService {
  constructor(
    private readonly config: AppConfig,
    private readonly repository: EffectiveLimitRepository,
    private readonly quota: QuotaRepository,
    private readonly clock: Clock,
  ) {}

  /** @throws {GatewayError} not_found for a branch, credential or model that is none of the operator's */
  async show(operator: Operator, query: EffectiveLimitsQuery): Promise<EffectiveLimits> {
    const path = await this.repository.findPath(operator, query.branch);
    if (path.length === 0) throw notFound('branch', 'branch');
    const scopes = [...path, ...(await this.findCredential(query.credential, path))];
    const models = await this.modelsOf(query.model);
    const now = this.clock.now();
    const index = await loadLimits(this.quota, this.config, scopes);
    const lines = limitsAt(index, scopes, models).flatMap(limit => linesOf(limit, now));
    const counters = await this.quota.readCounters(
      lines.map(({ key, window, limit }) => ({ key, begin: window.begin, spend: SPEND_KINDS.has(limit.kind) })),
    );
    const blocks = await this.repository.listBlocks(scopes, new Date(now));
    return {
      limits: lines.map(line => viewLine(line, scopes, counters.get(line.key), query.branch)),
      blocks: blocks.flatMap(block => {
        const scope = scopes.find(({ type, id }) => type === block.scopeType && id === block.scopeId);
        return scope === undefined ? [] : [{ ...viewBlock(block), ...placeOf(scope, query.branch) }];
      }),
    };
  }

  private async findCredential(id: string | undefined, path: readonly NamedScope[]): Promise<NamedScope[]> {
    if (id === undefined) return [];
    const branchIds = path.filter(({ type }) => type === 'branch').map(scope => scope.id);
    const credential = await this.repository.findCredential(id, branchIds);
    if (credential === null) throw notFound('credential of this branch or its ancestors', 'credential');
    return [credential];
  }

  private async modelsOf(wanted: string | undefined): Promise<string[]> {
    const known = await this.repository.listModelIds();
    if (wanted === undefined) return known;
    if (!known.includes(wanted)) throw notFound(`model "${wanted}"`, 'model');
    return [wanted];
  }
}

/** Beside a limit that was set on the account's whole spend stands the one of its credit, not in its place: both hold. */
function linesOf(limit: LimitInForce, now: number): LimitLine[] {
  const { kind, scope, modelId, stored } = limit;
  const counter = { limit, window: windowAt(kind, now), key: counterKey(kind, scope, modelId) };
  return stored.length === 0 ? [{ ...counter, stored: null }] : stored.map(each => ({ ...counter, stored: each }));
}

function viewLine(
  { limit: { kind, scope, modelId, cap }, stored, window }: LimitLine,
  named: readonly NamedScope[],
  counter: CounterState | undefined,
  branchId: string,
): EffectiveLimit {
  const value = stored?.value ?? BigInt(cap);
  const { used, reserved } = counter ?? { used: 0n, reserved: 0n };
  const left = value - used - reserved;
  const spend = SPEND_KINDS.has(kind);
  const amount = (counted: bigint) => (spend ? nanoToUsd(counted) : Number(counted));
  const place = named.find(({ type, id }) => type === scope.type && id === scope.id);
  return {
    scope_type: scope.type,
    scope_id: scope.id,
    ...placeOf({ name: null, ...scope, ...place }, branchId),
    ...(modelId === '' ? {} : { model: modelId }),
    kind,
    ...viewLimitValue(kind, value),
    ...viewHardness(kind, stored?.hard === true),
    source: sourceOf(stored),
    ...(stored?.id === undefined ? {} : { limit_id: stored.id }),
    window:
      window.end === null
        ? {}
        : { begins_at: timestamp(new Date(window.begin)), resets_at: timestamp(new Date(window.end)) },
    used: amount(used),
    reserved: amount(reserved),
    remaining: amount(left < 0n ? 0n : left),
  };
}

function sourceOf(stored: Limit | null): EffectiveLimit['source'] {
  if (stored === null) return 'default';
  if (stored.ofCredit === true) return 'credit';
  return stored.defaultId == null ? 'set' : 'branch_default';
}

function placeOf({ type, id, name }: NamedScope, branchId: string) {
  return {
    ...(name === null ? {} : { scope_name: name }),
    inherited: type !== 'credential' && id !== branchId,
  };
}
