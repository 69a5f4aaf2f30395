import { Injectable } from '@nestjs/common';
import type { Operator } from '../identity/identity.types.js';
import { PrismaService } from '../platform/prisma/prisma.service.js';

@Injectable()
export class ManagementKeyRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Who holds the key with this SHA-256; null when nobody does any more. */
  async findOperator(keyHash: Buffer): Promise<Operator | null> {
    const row = await this.prisma.managementKey.findUnique({ where: { keyHash: new Uint8Array(keyHash) } });
    if (row === null || row.revokedAt !== null) return null;
    return { keyId: row.id, organizationId: row.organizationId, role: row.role };
  }
}
