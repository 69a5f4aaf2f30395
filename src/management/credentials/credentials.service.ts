import { Injectable } from '@nestjs/common';
import type { Operator } from '../../identity/identity.types.js';
import { issueToken, reissueToken } from '../../identity/token.js';
import { ChangeFeed } from '../../platform/change-feed.js';
import { Clock } from '../../platform/clock.js';
import { IdSource } from '../../platform/id-source.js';
import { ConsequencesService } from '../control-plane/dry-run/consequences.service.js';
import type { DryRun } from '../control-plane/dry-run/dry-run.js';
import { conflict, invalidField, notFound } from '../control-plane/refusals.js';
import { timestamp } from '../control-plane/notation.js';
import { withFreshIds } from '../control-plane/storage-failures.js';
import { BranchesService } from '../branches/branches.module.js';
import type {
  CreateCredentialBody,
  Credential,
  CredentialList,
  CredentialSecrets,
  IssuedCredential,
  RotatedCredential,
} from './credential.dto.js';
import { CredentialSecretsService } from './credential-secrets.service.js';
import { type IssuedCredentialRecord, IssuedCredentialRepository } from './credential.repository.js';

/** Gateway credentials, anchored on a branch. A token is shown when it is issued or rotated, and when it is asked for. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly branches: BranchesService,
    private readonly repository: IssuedCredentialRepository,
    private readonly secrets: CredentialSecretsService,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
    private readonly ids: IdSource,
    private readonly consequences: ConsequencesService,
  ) {}

  async issue(
    operator: Operator,
    projectId: string,
    branchId: string,
    body: CreateCredentialBody,
  ): Promise<IssuedCredential> {
    await this.branches.get(operator, projectId, branchId);
    const expiresAt = body.expires_at == null ? null : new Date(body.expires_at);
    if (expiresAt !== null && expiresAt.getTime() <= this.clock.now()) {
      throw invalidField('expires_at', 'must lie in the future');
    }
    const { shown, record } = await withFreshIds(async () => {
      const issued = issueToken(this.ids);
      const { shown: secrets, kept } = this.secrets.make(issued);
      const scopes = [...new Set(body.scopes)];
      const planned = {
        id: issued.tokenId,
        shortId: issued.shortId,
        branchId,
        name: body.name ?? null,
        scopes,
        expiresAt,
      };
      return { shown: secrets, record: await this.repository.create(planned, kept) };
    });
    await this.feed.publish('identity', `credential:${record.id}`);
    return viewIssued(record, shown);
  }

  async list(operator: Operator, projectId: string, branchId: string): Promise<CredentialList> {
    await this.branches.get(operator, projectId, branchId);
    return { credentials: (await this.repository.list(branchId)).map(viewCredential) };
  }

  /**
   * @throws {GatewayError} not_found for a revoked, expired and unknown one; conflict where only its hash was kept
   */
  async reveal(operator: Operator, projectId: string, branchId: string, id: string): Promise<CredentialSecrets> {
    await this.branches.get(operator, projectId, branchId);
    const encrypted = await this.repository.findEncrypted(branchId, id, new Date(this.clock.now()));
    if (encrypted === undefined) throw notFound('credential');
    if (encrypted === null) {
      throw conflict('the secrets of this credential were not kept: rotate it, or issue another one');
    }
    return this.secrets.decrypt(id, encrypted);
  }

  /**
   * New secrets under the same id. Resolves when the old token is refused here and every other replica has been told.
   * @throws {GatewayError} not_found for a revoked, expired and unknown one
   */
  async rotate(operator: Operator, projectId: string, branchId: string, id: string): Promise<RotatedCredential> {
    await this.branches.get(operator, projectId, branchId);
    const { shown, kept } = this.secrets.make(reissueToken(this.ids, id));
    const record = await this.repository.rotate(branchId, id, kept, new Date(this.clock.now()));
    if (record === null) throw notFound('credential');
    await this.feed.publish('identity', `credential:${id}`);
    return { ...viewIssued(record, shown), principal_type: record.principalType };
  }

  /** What a revocation would do. */
  async foresee(operator: Operator, projectId: string, branchId: string, id: string): Promise<DryRun> {
    const { credentials } = await this.list(operator, projectId, branchId);
    const credential = credentials.find(each => each.token_id === id);
    if (credential === undefined) throw notFound('credential');
    if (credential.revoked_at !== undefined) return { dry_run: true, would_delete: null };
    return this.consequences.ofCredential(operator.organizationId, id);
  }

  /** Resolves when the token is refused here and every other replica has been told. Repeating it changes nothing. */
  async revoke(operator: Operator, projectId: string, branchId: string, id: string): Promise<void> {
    await this.branches.get(operator, projectId, branchId);
    const outcome = await this.repository.revoke(branchId, id, new Date(this.clock.now()));
    if (outcome === null) throw notFound('credential');
    await this.feed.publish('identity', `credential:${id}`);
  }
}

function viewIssued(record: IssuedCredentialRecord, secrets: CredentialSecrets): IssuedCredential {
  return {
    token_id_short: record.shortId,
    ...(record.name === null ? {} : { name: record.name }),
    ...secrets,
    scopes: [...record.scopes],
    branch_id: record.branchId,
    created_at: timestamp(record.createdAt),
    ...(record.expiresAt === null ? {} : { expires_at: timestamp(record.expiresAt) }),
  };
}

function viewCredential(record: IssuedCredentialRecord): Credential {
  return {
    token_id: record.id,
    token_id_short: record.shortId,
    ...(record.name === null ? {} : { name: record.name }),
    scopes: [...record.scopes],
    branch_id: record.branchId,
    principal_type: record.principalType,
    created_at: timestamp(record.createdAt),
    ...(record.lastUsedAt === null ? {} : { last_used_at: timestamp(record.lastUsedAt) }),
    ...(record.revokedAt === null ? {} : { revoked_at: timestamp(record.revokedAt) }),
    ...(record.expiresAt === null ? {} : { expires_at: timestamp(record.expiresAt) }),
  };
}
