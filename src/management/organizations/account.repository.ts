import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';

export interface OrganizationRecord {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

/** Whose key it is. */
@Injectable()
export class AccountRepository {
  constructor(private readonly prisma: PrismaService) {}

  async findOrganization(id: string): Promise<OrganizationRecord | null> {
    return this.prisma.organization.findUnique({ where: { id }, select: { id: true, name: true, createdAt: true } });
  }

  async findKeyName(keyId: string): Promise<string | null> {
    return (await this.prisma.managementKey.findUnique({ where: { id: keyId }, select: { name: true } }))?.name ?? null;
  }
}
