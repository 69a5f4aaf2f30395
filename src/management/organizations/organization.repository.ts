import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../generated/prisma/client.js';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { literally, OLDEST_FIRST, type PagePosition, rowsSince } from '../control-plane/page.js';
import type { KeyRecord, NewKey } from '../management-keys/management-keys.module.js';

export interface OrganizationRecord {
  readonly id: string;
  readonly name: string;
  readonly home: boolean;
  readonly createdAt: Date;
  /** how many live */
  readonly projects: number;
}

export type OwnOrganization = Pick<OrganizationRecord, 'id' | 'name' | 'createdAt'>;

type Ending = 'deleted' | 'home' | 'has projects' | 'unknown';

const LIVING_PROJECTS = { _count: { select: { projects: { where: { deletedAt: null } } } } } as const;

@Injectable()
export class OrganizationRepository {
  constructor(private readonly prisma: PrismaService) {}

  async list(search: string | undefined, after: PagePosition | null, limit: number): Promise<OrganizationRecord[]> {
    const contains = { contains: literally(search ?? ''), mode: 'insensitive' as const };
    const matches = search === undefined ? {} : { OR: [{ name: contains }, { id: contains }] };
    const rows = await this.prisma.organization.findMany({
      where: { deletedAt: null, AND: [matches, rowsSince(after)] },
      include: LIVING_PROJECTS,
      orderBy: OLDEST_FIRST,
      take: limit,
    });
    return rows.map(counted);
  }

  /** The one that an operator belongs to: its name, and since when there is it. */
  async findOwn(id: string): Promise<OwnOrganization | null> {
    return this.prisma.organization.findUnique({ where: { id }, select: { id: true, name: true, createdAt: true } });
  }

  /** Null for a key that there is not, as that of an operator of the issuer. */
  async findKeyName(keyId: string): Promise<string | null> {
    return (await this.prisma.managementKey.findUnique({ where: { id: keyId }, select: { name: true } }))?.name ?? null;
  }

  async find(id: string): Promise<OrganizationRecord | null> {
    const row = await this.prisma.organization.findFirst({ where: { id, deletedAt: null }, include: LIVING_PROJECTS });
    return row && counted(row);
  }

  /** With its first key: nobody could enter without one. */
  async add(id: string, name: string, { keyHash, ...key }: NewKey): Promise<KeyRecord> {
    return this.prisma.$transaction(async transaction => {
      await transaction.organization.create({ data: { id, name } });
      return transaction.managementKey.create({ data: { ...key, keyHash: new Uint8Array(keyHash) } });
    });
  }

  /** False when there is none. */
  async rename(id: string, name: string): Promise<boolean> {
    return (await this.prisma.organization.updateMany({ where: { id, deletedAt: null }, data: { name } })).count > 0;
  }

  /** With its keys. The row stays: usage, credit and former projects name it. */
  async delete(id: string, now: Date): Promise<Ending> {
    return this.prisma.$transaction(async transaction => {
      // No project of it is being made meanwhile: its maker holds the row.
      const [row] = await transaction.$queryRaw<{ home: boolean }[]>`
        SELECT home FROM organizations WHERE id = ${id} AND deleted_at IS NULL FOR UPDATE`;
      if (row === undefined) return 'unknown';
      if (row.home) return 'home';
      const projects = await transaction.project.count({ where: { organizationId: id, deletedAt: null } });
      if (projects > 0) return 'has projects';
      await transaction.organization.update({ where: { id }, data: { deletedAt: now } });
      await transaction.managementKey.updateMany({
        where: { organizationId: id, revokedAt: null },
        data: { revokedAt: now },
      });
      return 'deleted';
    });
  }
}

function counted({ _count, ...row }: Prisma.OrganizationGetPayload<{ include: typeof LIVING_PROJECTS }>) {
  return { ...row, projects: _count.projects };
}
