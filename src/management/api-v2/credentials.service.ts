import { Injectable } from '@nestjs/common';
import type { Operator } from '../../identity/identity.types.js';
import { issueToken } from '../../identity/token.js';
import { ChangeFeed } from '../../platform/change-feed.js';
import { Clock } from '../../platform/clock.js';
import { IdSource } from '../../platform/id-source.js';
import { sha256 } from '../../platform/secrets.js';
import { invalidField, notFound } from '../refusals.js';
import { timestamp } from '../timestamp.js';
import { withFreshIds } from '../unique.js';
import { BranchesService } from './branches.service.js';
import type { CreateCredentialBody, Credential, CredentialList, IssuedCredential } from './credential.dto.js';
import { type IssuedCredentialRecord, IssuedCredentialRepository } from './issued-credential.repository.js';

const S3_SECRET_BYTES = 32;

/** Gateway credentials, anchored on a branch. A token is shown when it is issued and never again. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly branches: BranchesService,
    private readonly repository: IssuedCredentialRepository,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
    private readonly ids: IdSource,
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
    const { apiToken, record } = await withFreshIds(async () => {
      const issued = issueToken(this.ids);
      const kept = await this.repository.create({
        id: issued.tokenId,
        shortId: issued.shortId,
        branchId,
        name: body.name ?? null,
        scopes: [...new Set(body.scopes)],
        secretHash: sha256(issued.apiToken),
        expiresAt,
      });
      return { apiToken: issued.apiToken, record: kept };
    });
    await this.feed.publish('identity', `credential:${record.id}`);
    return viewIssued(record, apiToken, `nsk_live_${this.ids.hex(S3_SECRET_BYTES)}`);
  }

  async list(operator: Operator, projectId: string, branchId: string): Promise<CredentialList> {
    await this.branches.get(operator, projectId, branchId);
    return { credentials: (await this.repository.list(branchId)).map(viewCredential) };
  }

  /** Resolves when the token is refused here and every other replica has been told. Repeating it changes nothing. */
  async revoke(operator: Operator, projectId: string, branchId: string, id: string): Promise<void> {
    await this.branches.get(operator, projectId, branchId);
    const outcome = await this.repository.revoke(branchId, id, new Date(this.clock.now()));
    if (outcome === null) throw notFound('credential');
    await this.feed.publish('identity', `credential:${id}`);
  }
}

function viewIssued(record: IssuedCredentialRecord, apiToken: string, s3Secret: string): IssuedCredential {
  return {
    token_id: record.id,
    token_id_short: record.shortId,
    ...(record.name === null ? {} : { name: record.name }),
    api_token: apiToken,
    s3_secret_access_key: s3Secret,
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
