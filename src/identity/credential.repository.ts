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

@Injectable()
export class CredentialRepository {
  constructor(private readonly prisma: PrismaService) {}

  async findByShortId(shortId: string): Promise<CredentialRecord | null> {
    const row = await this.prisma.credential.findUnique({
      where: { shortId },
      include: { branch: { include: { project: true } } },
    });
    if (row === null) return null;
    const { branch } = row;
    return {
      credentialId: row.id,
      shortId: row.shortId,
      secretHash: row.secretHash,
      anchorBranchId: branch.id,
      projectId: branch.projectId,
      organizationId: branch.project.organizationId,
      scopes: row.scopes,
      revoked: row.revokedAt !== null,
      orphaned: branch.deletedAt !== null || branch.project.deletedAt !== null,
      expiresAt: earlier(row.expiresAt, branch.expiresAt),
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

function earlier(one: Date | null, other: Date | null): number | null {
  const times = [one, other].flatMap(time => (time === null ? [] : [time.getTime()]));
  return times.length === 0 ? null : Math.min(...times);
}
