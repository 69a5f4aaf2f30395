import { Injectable } from '@nestjs/common';
import { PrismaService } from '../platform/prisma/prisma.service.js';

export interface CredentialRecord {
  readonly credentialId: string;
  readonly shortId: string;
  readonly secretHash: Uint8Array;
  readonly anchorBranchId: string;
  readonly projectId: string;
  readonly organizationId: string;
  readonly scopes: readonly string[];
  readonly revoked: boolean;
  /** the anchor branch or its project was deleted */
  readonly orphaned: boolean;
  /** its own end or that of its anchor branch, whichever comes first; milliseconds since 1970 UTC */
  readonly expiresAt: number | null;
}

interface CredentialRow {
  id: string;
  short_id: string;
  secret_hash: Uint8Array;
  scopes: string[];
  branch_id: string;
  project_id: string;
  organization_id: string;
  revoked: boolean;
  orphaned: boolean;
  /** the earlier of two, or the one that there is */
  expires_at: Date | null;
}

@Injectable()
export class CredentialRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** One statement whatever it finds, so that the time of an answer does not tell whether there is such a credential. */
  async findByShortId(shortId: string): Promise<CredentialRecord | null> {
    const [row] = await this.prisma.$queryRaw<CredentialRow[]>`
      SELECT c.id, c.short_id, c.secret_hash, c.scopes, b.id AS branch_id, b.project_id, p.organization_id,
        c.revoked_at IS NOT NULL AS revoked,
        b.deleted_at IS NOT NULL OR p.deleted_at IS NOT NULL AS orphaned,
        least(c.expires_at, b.expires_at) AS expires_at
      FROM credentials c JOIN branches b ON b.id = c.branch_id JOIN projects p ON p.id = b.project_id
      WHERE c.short_id = ${shortId}`;
    if (row === undefined) return null;
    return {
      credentialId: row.id,
      shortId: row.short_id,
      secretHash: row.secret_hash,
      anchorBranchId: row.branch_id,
      projectId: row.project_id,
      organizationId: row.organization_id,
      scopes: row.scopes,
      revoked: row.revoked,
      orphaned: row.orphaned,
      expiresAt: row.expires_at?.getTime() ?? null,
    };
  }

  /** `used`: credential id → milliseconds since 1970 UTC. One statement for all; a later time stays. */
  async setLastUsed(used: ReadonlyMap<string, number>): Promise<void> {
    const times = JSON.stringify([...used].map(([id, time]) => ({ id, time: new Date(time).toISOString() })));
    await this.prisma.$executeRaw`
      UPDATE credentials c SET last_used_at = u.time
      FROM json_to_recordset(${times}::json) AS u(id text, time timestamptz)
      WHERE c.id = u.id AND (c.last_used_at IS NULL OR c.last_used_at < u.time)`;
  }
}
