import { Injectable } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import type { Operator } from '../../identity/identity.types.js';
import { Clock } from '../../platform/clock.js';
import { IdSource } from '../../platform/id-source.js';
import { sha256 } from '../../platform/secrets.js';
import { issueManagementKey } from '../control-plane/access/management-key.js';
import { byCreation, readPage } from '../control-plane/page.js';
import { wouldDelete } from '../control-plane/dry-run/consequences.service.js';
import type { DryRun } from '../control-plane/dry-run/dry-run.js';
import { conflict, notFound, nothingToChange } from '../control-plane/refusals.js';
import { timestamp } from '../control-plane/notation.js';
import { IssuedKeyRepository, type KeyChange, type KeyRecord } from './management-key.repository.js';
import type {
  ChangeManagementKeyBody,
  CreateManagementKeyBody,
  IssuedManagementKey,
  ListManagementKeysQuery,
  ManagementKey,
  ManagementKeyList,
} from './management-key.dto.js';
import { ScopeRepository } from '../control-plane/access/tenant-scope.repository.js';

const PAGE = 100;
const CURSORS = byCreation<KeyRecord>('management-keys');

/** Keys of the control plane itself. Nobody makes a key that may do more than their own, and an organization keeps an owner. */
@Injectable()
export class ManagementKeysService {
  constructor(
    private readonly scopes: ScopeRepository,
    private readonly repository: IssuedKeyRepository,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  /** @throws {GatewayError} insufficient_role, or not_found for a project that is none of the operator's */
  async create(operator: Operator, body: CreateManagementKeyBody): Promise<IssuedManagementKey> {
    const { name, role, project_id: projectId = null } = body;
    refuseOwnersKey(operator, role);
    if (projectId === null && operator.projectId !== null) {
      throw forbidden('a key of one project makes keys of that project only: name it as project_id');
    }
    if (projectId !== null && !(await this.scopes.isOwn(operator, 'project', projectId))) {
      throw notFound('project', 'project_id');
    }
    const key = issueManagementKey(this.ids);
    const { organizationId } = operator;
    const id = this.ids.prefixed('mk');
    const added = await this.repository.add({ id, organizationId, projectId, name, role, keyHash: sha256(key) });
    return { ...viewKey(added), key };
  }

  async list(operator: Operator, query: ListManagementKeysQuery): Promise<ManagementKeyList> {
    const { role, project_id: projectId, revoked } = query;
    const { rows, next } = await readPage({ limit: PAGE, ...query }, CURSORS, (after, limit) =>
      this.repository.list(operator, { role, projectId, revoked }, after, limit),
    );
    return { management_keys: rows.map(viewKey), ...next };
  }

  /** @throws {GatewayError} not_found */
  async get(operator: Operator, id: string): Promise<ManagementKey> {
    const key = await this.repository.find(operator, id);
    if (key === null) throw notFound('management key');
    return viewKey(key);
  }

  /** @throws {GatewayError} conflict for a revoked key, and for the last owner's role */
  async change(operator: Operator, id: string, { name, role }: ChangeManagementKeyBody): Promise<ManagementKey> {
    if (name === undefined && role === undefined) throw nothingToChange();
    if (role !== undefined) refuseOwnersKey(operator, role);
    return this.write(operator, id, (key, isLastOwner) => {
      refuseOwnersKey(operator, key.role);
      if (key.revokedAt !== null) throw conflict('the key is revoked: make another');
      if (isLastOwner && role !== undefined && role !== 'owner') {
        throw conflict('this is the organization’s last key with the role owner: make another before', 'role');
      }
      return { ...(name === undefined ? {} : { name }), ...(role === undefined ? {} : { role }) };
    });
  }

  /** From the next request on nobody enters with it. To repeat it changes nothing. */
  async revoke(operator: Operator, id: string): Promise<void> {
    await this.write(operator, id, (key, isLastOwner) => {
      refuseRevocation(operator, key, isLastOwner);
      return { revokedAt: key.revokedAt ?? new Date(this.clock.now()) };
    });
  }

  /** What a revocation would do; refused as it would be. */
  async foresee(operator: Operator, id: string): Promise<DryRun> {
    const key = await this.write(operator, id, (known, isLastOwner) => {
      refuseRevocation(operator, known, isLastOwner);
      return {};
    });
    if (key.revoked_at !== undefined) return { dry_run: true, would_delete: null };
    return { ...wouldDelete('management_key', id), management_keys: 1 };
  }

  private async write(
    operator: Operator,
    id: string,
    decide: (key: KeyRecord, isLastOwner: boolean) => KeyChange,
  ): Promise<ManagementKey> {
    const written = await this.repository.change(operator, id, decide);
    if (written === null) throw notFound('management key');
    return viewKey(written);
  }
}

function refuseRevocation(operator: Operator, key: KeyRecord, isLastOwner: boolean): void {
  refuseOwnersKey(operator, key.role);
  if (isLastOwner) throw conflict('this is the organization’s last key with the role owner: make another before');
}

function refuseOwnersKey(operator: Operator, role: string): void {
  if (role === 'owner' && operator.role !== 'owner') throw forbidden('keys with the role owner are for owners');
}

function forbidden(sentence: string): GatewayError {
  return new GatewayError('insufficient_role', { publicMessage: sentence });
}

export function viewKey({ id, name, role, projectId, createdAt, lastUsedAt, revokedAt }: KeyRecord): ManagementKey {
  return {
    id,
    name,
    role,
    ...(projectId === null ? {} : { project_id: projectId }),
    created_at: timestamp(createdAt),
    ...(lastUsedAt === null ? {} : { last_used_at: timestamp(lastUsedAt) }),
    ...(revokedAt === null ? {} : { revoked_at: timestamp(revokedAt) }),
  };
}
