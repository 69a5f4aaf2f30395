import { Injectable } from '@nestjs/common';
import type { Operator } from '../../../identity/identity.types.js';
import { PrismaService } from '../../../platform/prisma/prisma.service.js';

export interface KeyHolder {
  readonly operator: Operator;
  readonly lastUsedAt: Date | null;
}

interface HolderRow {
  id: string;
  name: string;
  organization_id: string;
  home: boolean;
  project_id: string | null;
  role: string;
  last_used_at: Date | null;
}

@Injectable()
export class ManagementKeyRepository {
  constructor(private readonly prisma: PrismaService) {}

  /**
   * Who holds the key with this SHA-256; null when nobody does any more, or its project is gone. One statement whatever it
   * finds, so that the time of a refusal does not tell a key that was revoked from one that never was.
   */
  async findHolder(keyHash: Buffer): Promise<KeyHolder | null> {
    const [row] = await this.prisma.$queryRaw<HolderRow[]>`
      SELECT k.id, k.name, k.organization_id, o.home, k.project_id, k.role, k.last_used_at
      FROM management_keys k JOIN organizations o ON o.id = k.organization_id LEFT JOIN projects p ON p.id = k.project_id
      WHERE k.key_hash = ${new Uint8Array(keyHash)}
        AND k.revoked_at IS NULL AND o.deleted_at IS NULL AND p.deleted_at IS NULL`;
    if (row === undefined) return null;
    const { id: keyId, name, organization_id: organizationId, home, project_id: projectId, role } = row;
    return { operator: { keyId, name, organizationId, home, projectId, role }, lastUsedAt: row.last_used_at };
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
