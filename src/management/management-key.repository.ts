import { Injectable } from '@nestjs/common';
import type { Operator } from '../identity/identity.types.js';
import { PrismaService } from '../platform/prisma/prisma.service.js';

export interface KeyHolder {
  readonly operator: Operator;
  readonly lastUsedAt: Date | null;
}

@Injectable()
export class ManagementKeyRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Who holds the key with this SHA-256; null when nobody does any more, or its project is gone. */
  async findHolder(keyHash: Buffer): Promise<KeyHolder | null> {
    const row = await this.prisma.managementKey.findUnique({
      where: { keyHash: new Uint8Array(keyHash) },
      include: { project: { select: { deletedAt: true } }, organization: { select: { home: true, deletedAt: true } } },
    });
    if (row === null || row.revokedAt !== null || (row.project !== null && row.project.deletedAt !== null)) return null;
    if (row.organization.deletedAt !== null) return null;
    const { home } = row.organization;
    const { id: keyId, name, organizationId, projectId, role, lastUsedAt } = row;
    return { operator: { keyId, name, organizationId, home, projectId, role }, lastUsedAt };
  }

  async isHome(organizationId: string): Promise<boolean> {
    return (await this.prisma.organization.count({ where: { id: organizationId, home: true, deletedAt: null } })) > 0;
  }

  /** A later time stays. */
  async setLastUsed(id: string, time: Date): Promise<void> {
    await this.prisma.managementKey.updateMany({
      where: { id, OR: [{ lastUsedAt: null }, { lastUsedAt: { lt: time } }] },
      data: { lastUsedAt: time },
    });
  }
}
