import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { Operator } from '../../identity/identity.types.js';
import { Clock } from '../../platform/clock.js';
import { defaultLimits } from '../../quota/default-limits.js';
import { LIMIT_KINDS, type LimitKind, SPEND_KINDS } from '../../quota/limit.types.js';
import { counterKey, LimitIndex } from '../../quota/limit-index.js';
import { readLimit } from '../../quota/limit-row.js';
import { type LimitWindow, windowAt } from '../../quota/limit-window.js';
import { QuotaRepository } from '../../quota/quota.repository.js';
import { notFound } from '../control-plane/refusals.js';
import { nanoToUsd, timestamp } from '../control-plane/notation.js';
import { viewHardness } from './limit-value.js';
import { viewBlock } from '../blocks/blocks.module.js';
import type { EffectiveLimit, EffectiveLimits, EffectiveLimitsQuery } from './limit.dto.js';
import {
  type CounterState,
  EffectiveLimitRepository,
  type NamedScope,
  type StoredLimit,
} from './effective-limit.repository.js';

/** One limit in force, before its counter was read. */
interface LimitInForce {
  readonly scope: NamedScope;
  readonly kind: LimitKind;
  readonly modelId: string;
  readonly cap: number;
  readonly stored: StoredLimit | undefined;
  readonly ofCredit: boolean;
  readonly key: string;
  readonly window: LimitWindow;
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
    const limits = [...(await this.listOfCredit(scopes, now)), ...(await this.listInForce(scopes, models, now))];
    const counters = await this.repository.readCounters(
      limits.map(({ key, window, kind }) => ({ key, begin: window.begin, spend: SPEND_KINDS.has(kind) })),
    );
    const blocks = await this.repository.listBlocks(scopes, new Date(now));
    return {
      limits: limits.map(limit => viewLimit(limit, counters.get(limit.key), query.branch)),
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

  /** Beside a limit that was set on the account's whole spend, not in its place: both hold. */
  private async listOfCredit(scopes: readonly NamedScope[], now: number): Promise<LimitInForce[]> {
    const scope = scopes.find(({ type }) => type === 'account');
    if (scope === undefined) return [];
    const credit = await this.quota.listCreditLimits(this.config.creditMinimumBalanceNanoUsd, scope.id);
    return credit.map(({ kind, modelId, value }) => ({
      ...{ scope, kind, modelId, cap: Number(value), stored: undefined, ofCredit: true },
      ...{ key: counterKey(kind, scope, modelId), window: windowAt(kind, now) },
    }));
  }

  private async listInForce(
    scopes: readonly NamedScope[],
    models: readonly string[],
    now: number,
  ): Promise<LimitInForce[]> {
    const limits = await this.repository.listLimits(scopes);
    const rows = new Map(limits.map(row => [`${row.kind} ${row.scopeType} ${row.scopeId} ${row.modelId}`, row]));
    const index = new LimitIndex(limits.flatMap(readLimit), defaultLimits(this.config));
    return scopes.flatMap(scope =>
      LIMIT_KINDS.flatMap(kind =>
        ['', ...models].flatMap((modelId): LimitInForce[] => {
          const cap = index.find(kind, scope, modelId);
          if (cap === null) return [];
          const key = counterKey(kind, scope, modelId);
          const [stored, window] = [rows.get(key), windowAt(kind, now)];
          return [{ scope, kind, modelId, cap, stored, ofCredit: false, key, window }];
        }),
      ),
    );
  }
}

function viewLimit(limit: LimitInForce, counter: CounterState | undefined, branchId: string): EffectiveLimit {
  const { scope, kind, modelId, stored, window } = limit;
  const cap = BigInt(limit.cap);
  const { used, reserved } = counter ?? { used: 0n, reserved: 0n };
  const left = cap - used - reserved;
  const spend = SPEND_KINDS.has(kind);
  const amount = (value: bigint) => (spend ? nanoToUsd(value) : Number(value));
  return {
    scope_type: scope.type,
    scope_id: scope.id,
    ...placeOf(scope, branchId),
    ...(modelId === '' ? {} : { model: modelId }),
    kind,
    ...(spend ? { usd: nanoToUsd(cap) } : { value: limit.cap }),
    ...viewHardness(kind, stored?.hard === true),
    source: sourceOf(limit),
    ...(stored === undefined ? {} : { limit_id: stored.id }),
    window:
      window.end === null
        ? {}
        : { begins_at: timestamp(new Date(window.begin)), resets_at: timestamp(new Date(window.end)) },
    used: amount(used),
    reserved: amount(reserved),
    remaining: amount(left < 0n ? 0n : left),
  };
}

function sourceOf({ stored, ofCredit }: LimitInForce): EffectiveLimit['source'] {
  if (stored === undefined) return ofCredit ? 'credit' : 'default';
  return stored.defaultId === null ? 'set' : 'branch_default';
}

function placeOf({ type, id, name }: NamedScope, branchId: string) {
  return {
    ...(name === null ? {} : { scope_name: name }),
    inherited: type !== 'credential' && id !== branchId,
  };
}
