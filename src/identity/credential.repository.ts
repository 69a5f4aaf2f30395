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
  /** the anchor branch was deleted or has expired, or its project was deleted */
  readonly orphaned: boolean;
  /** milliseconds since 1970 UTC */
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
      orphaned: branch.deletedAt !== null || branch.project.deletedAt !== null || isPast(branch.expiresAt),
      expiresAt: row.expiresAt?.getTime() ?? null,
    };
  }
}

function isPast(time: Date | null): boolean {
  return time !== null && time.getTime() <= Date.now();
}
