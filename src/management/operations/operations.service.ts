import { Injectable } from '@nestjs/common';
import type { Operator } from '../../identity/identity.types.js';
import { timestamp } from '../control-plane/notation.js';
import { invalidField, notFound } from '../control-plane/refusals.js';
import type { ListOperationsQuery, Operation, OperationList } from './operation.dto.js';
import { type OperationRecord, OperationRepository } from './operation.repository.js';
import { ScopeRepository } from '../control-plane/access/tenant-scope.repository.js';

const PAGE = 100;

/** What was done to a project's tree, for clients that wait until it is. */
@Injectable()
export class OperationsService {
  constructor(
    private readonly scopes: ScopeRepository,
    private readonly repository: OperationRepository,
  ) {}

  async list(operator: Operator, projectId: string, query: ListOperationsQuery): Promise<OperationList> {
    await this.scopes.requireProject(operator, projectId);
    const { limit = PAGE, cursor } = query;
    const after = cursor === undefined ? null : await this.repository.find(projectId, cursor);
    if (cursor !== undefined && after === null) throw invalidField('cursor', 'must be the cursor of an earlier page');
    const rows = await this.repository.list(projectId, after, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const operations = page.map(viewOperation);
    return rows.length > limit && last !== undefined ? { operations, pagination: { cursor: last.id } } : { operations };
  }

  /** @throws {GatewayError} not_found */
  async get(operator: Operator, projectId: string, id: string): Promise<Operation> {
    await this.scopes.requireProject(operator, projectId);
    const operation = await this.repository.find(projectId, id);
    if (operation === null) throw notFound('operation');
    return viewOperation(operation);
  }
}

/** An operation in the published shape. It was finished when it was written. */
export function viewOperation({ id, projectId, branchId, action, createdAt }: OperationRecord): Operation {
  const at = timestamp(createdAt);
  return {
    id,
    project_id: projectId,
    ...(branchId === null ? {} : { branch_id: branchId }),
    action,
    status: 'finished',
    failures_count: 0,
    total_duration_ms: 0,
    created_at: at,
    updated_at: at,
  };
}
