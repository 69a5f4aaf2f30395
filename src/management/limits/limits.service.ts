import { Injectable } from '@nestjs/common';
import type { Operator } from '../../identity/identity.types.js';
import { ChangeFeed } from '../../platform/change-feed.js';
import { IdSource } from '../../platform/id-source.js';
import { byCreation, readPage } from '../control-plane/page.js';
import { notFound } from '../control-plane/refusals.js';
import { timestamp } from '../control-plane/notation.js';
import type { ChangeLimitBody, Limit, LimitList, ListLimitsQuery, PutLimitBody } from './limit.dto.js';
import { type LimitKey, type LimitRecord, LimitRepository } from './limit.repository.js';
import { readHardness, readLimitChange, readLimitValue, viewHardness, viewLimitValue } from './limit-value.js';
import { ModelRepository } from '../models/models.module.js';
import { ScopeRepository } from '../control-plane/access/tenant-scope.repository.js';

const CURSORS = byCreation<LimitRecord>('limits');

/** Caps on what is the operator's: the organization, projects, branches and credentials. */
@Injectable()
export class LimitsService {
  constructor(
    private readonly scopes: ScopeRepository,
    private readonly models: ModelRepository,
    private readonly repository: LimitRepository,
    private readonly feed: ChangeFeed,
    private readonly ids: IdSource,
  ) {}

  async list(operator: Operator, query: ListLimitsQuery): Promise<LimitList> {
    const { scope_type: scopeType, scope_id: scopeId, kind, model: modelId } = query;
    const { rows, next } = await readPage(query, CURSORS, (after, limit) =>
      this.repository.list(operator, { scopeType, scopeId, kind, modelId }, after, limit),
    );
    return { limits: rows.map(viewLimit), ...next };
  }

  /** The one of a scope, model and kind, where the operator has it. */
  async findOf(operator: Operator, of: LimitKey): Promise<Limit | undefined> {
    const [limit] = await this.repository.list(operator, of, null, 1);
    return limit && viewLimit(limit);
  }

  /** @throws {GatewayError} not_found */
  async get(operator: Operator, id: string): Promise<Limit> {
    return viewLimit(await this.find(operator, id));
  }

  /** Sets the limit of a scope, model and kind, whether or not there was one. */
  async put(operator: Operator, body: PutLimitBody): Promise<Limit> {
    const { scope_type: scopeType, scope_id: scopeId, kind, model: modelId = '' } = body;
    const value = readLimitValue(body);
    const hard = readHardness(body);
    if (!(await this.scopes.isOwn(operator, scopeType, scopeId))) throw notFound(scopeType, 'scope_id');
    if (modelId !== '' && (await this.models.find(modelId)) === null) throw notFound(`model "${modelId}"`, 'model');
    const wanted = { scopeType, scopeId, modelId, kind, value, hard };
    const limit = await this.repository.put(this.ids.prefixed('lim'), wanted);
    await this.feed.publish('limits', `limit:${limit.id}`);
    return viewLimit(limit);
  }

  /** From now on somebody has set it, whatever made it. */
  async change(operator: Operator, id: string, body: ChangeLimitBody): Promise<Limit> {
    const { kind } = await this.find(operator, id);
    const changed = await this.repository.change(id, readLimitChange({ ...body, kind }));
    if (changed === null) throw notFound('limit');
    await this.feed.publish('limits', `limit:${id}`);
    return viewLimit(changed);
  }

  async delete(operator: Operator, id: string): Promise<void> {
    await this.repository.delete(await this.find(operator, id));
    await this.feed.publish('limits', `limit:${id}`);
  }

  private async find(operator: Operator, id: string): Promise<LimitRecord> {
    const limit = await this.repository.find(id);
    const [own] = limit === null ? [] : await this.scopes.keepOwn(operator, [limit]);
    if (own === undefined) throw notFound('limit');
    return own;
  }
}

function viewLimit({ id, scopeType, scopeId, modelId, kind, value, hard, createdAt, updatedAt }: LimitRecord): Limit {
  return {
    id,
    scope_type: scopeType,
    scope_id: scopeId,
    ...(modelId === '' ? {} : { model: modelId }),
    kind,
    ...viewLimitValue(kind, value),
    ...viewHardness(kind, hard),
    created_at: timestamp(createdAt),
    updated_at: timestamp(updatedAt),
  };
}
