import { Injectable } from '@nestjs/common';
import type { Operator } from '../../identity/identity.types.js';
import { IdSource } from '../../platform/id-source.js';
import { byCreation, readPage } from '../control-plane/page.js';
import { notFound } from '../control-plane/refusals.js';
import { timestamp } from '../control-plane/notation.js';
import type {
  BranchDefault,
  BranchDefaultList,
  ListBranchDefaultsQuery,
  PutBranchDefaultBody,
} from './branch-default.dto.js';
import {
  type BranchDefaultKey,
  type BranchDefaultRecord,
  BranchDefaultRepository,
} from './branch-default.repository.js';
import type { ChangeLimitBody } from './limit.dto.js';
import { readHardness, readLimitChange, readLimitValue, viewHardness, viewLimitValue } from './limit-value.js';
import { ModelRepository } from '../models/models.module.js';
import { ScopeRepository } from '../control-plane/access/tenant-scope.repository.js';

const CURSORS = byCreation<BranchDefaultRecord>('branch-defaults');

/** Limits that branches of the operator's projects are born with. What lives already keeps the limits that it has. */
@Injectable()
export class BranchDefaultsService {
  constructor(
    private readonly scopes: ScopeRepository,
    private readonly models: ModelRepository,
    private readonly repository: BranchDefaultRepository,
    private readonly ids: IdSource,
  ) {}

  async list(operator: Operator, query: ListBranchDefaultsQuery): Promise<BranchDefaultList> {
    const { project_id: projectId, pattern, kind, model: modelId } = query;
    if (!(await this.scopes.isOwn(operator, 'project', projectId))) throw notFound('project', 'project_id');
    const { rows, next } = await readPage(query, CURSORS, (after, limit) =>
      this.repository.list({ projectId, pattern, kind, modelId }, after, limit),
    );
    return { branch_defaults: rows.map(viewDefault), ...next };
  }

  /** The one of a project, pattern, kind and model, where the operator has it. */
  async findOf(operator: Operator, of: BranchDefaultKey): Promise<BranchDefault | undefined> {
    const found = await this.repository.findOf(operator, of);
    return found === null ? undefined : viewDefault(found);
  }

  /** @throws {GatewayError} not_found */
  async get(operator: Operator, id: string): Promise<BranchDefault> {
    const found = await this.repository.find(operator, id);
    if (found === null) throw notFound('branch default');
    return viewDefault(found);
  }

  /** Sets the one of a project, pattern, kind and model, whether or not there was one. */
  async put(operator: Operator, body: PutBranchDefaultBody): Promise<BranchDefault> {
    const { project_id: projectId, pattern, kind, model: modelId = '' } = body;
    const value = readLimitValue(body);
    const hard = readHardness(body);
    if (!(await this.scopes.isOwn(operator, 'project', projectId))) throw notFound('project', 'project_id');
    if (modelId !== '' && (await this.models.find(modelId)) === null) throw notFound(`model "${modelId}"`, 'model');
    const stored = { projectId, pattern, kind, modelId, value, hard };
    return viewDefault(await this.repository.put(this.ids.prefixed('bld'), stored));
  }

  async change(operator: Operator, id: string, body: ChangeLimitBody): Promise<BranchDefault> {
    const { kind } = await this.get(operator, id);
    const changed = await this.repository.change(operator, id, readLimitChange({ ...body, kind }));
    if (changed === null) throw notFound('branch default');
    return viewDefault(changed);
  }

  async delete(operator: Operator, id: string): Promise<void> {
    if (!(await this.repository.delete(operator, id))) throw notFound('branch default');
  }
}

function viewDefault({
  id,
  projectId,
  pattern,
  kind,
  modelId,
  value,
  hard,
  createdAt,
}: BranchDefaultRecord): BranchDefault {
  return {
    id,
    project_id: projectId,
    pattern,
    ...(modelId === '' ? {} : { model: modelId }),
    kind,
    ...viewLimitValue(kind, value),
    ...viewHardness(kind, hard),
    created_at: timestamp(createdAt),
  };
}
