import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { NEWEST_FIRST, type PagePosition, rowsAfter } from '../control-plane/page.js';
import type { TenantScope } from '../control-plane/access/tenant-scope.repository.js';

/** What the control plane shows of a key. Its hash never leaves the database through here. */
const SHOWN = {
  id: true,
  name: true,
  role: true,
  projectId: true,
  createdAt: true,
  lastUsedAt: true,
  revokedAt: true,
} as const;

export interface NewKey {
  readonly id: string;
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly name: string;
  readonly role: string;
  readonly keyHash: Buffer;
}

export interface KeyRecord extends Omit<NewKey, 'keyHash' | 'organizationId'> {
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface KeyFilter {
  readonly role?: string;
  readonly projectId?: string;
  readonly revoked?: boolean;
}

export interface KeyChange {
  readonly name?: string;
  readonly role?: string;
  readonly revokedAt?: Date;
}

/** A key of one project sees the keys of its project; one of the organization sees all. */
const ownKeys = ({ organizationId, projectId }: TenantScope) => ({
  organizationId,
  ...(projectId === null ? {} : { projectId }),
});

/** Management keys, as operators issue and change them. */
@Injectable()
export class IssuedKeyRepository {
  constructor(private readonly prisma: PrismaService) {}

  async list(
    tenant: TenantScope,
    { role, projectId, revoked }: KeyFilter,
    after: PagePosition | null,
    limit: number,
  ): Promise<KeyRecord[]> {
    const revocation = revoked === undefined ? {} : { revokedAt: revoked ? { not: null } : null };
    return this.prisma.managementKey.findMany({
      where: { role, ...revocation, AND: [ownKeys(tenant), { projectId }, rowsAfter(after)] },
      select: SHOWN,
      orderBy: NEWEST_FIRST,
      take: limit,
    });
  }

  async find(tenant: TenantScope, id: string): Promise<KeyRecord | null> {
    return this.prisma.managementKey.findFirst({ where: { ...ownKeys(tenant), id }, select: SHOWN });
  }

  async add({ keyHash, ...key }: NewKey): Promise<KeyRecord> {
    return this.prisma.managementKey.create({ data: { ...key, keyHash: new Uint8Array(keyHash) }, select: SHOWN });
  }

  /**
   * Changes a key as `decide` says, which hears whether no other key rules the organization. Those who change keys of one
   * organization take turns, so that two owners cannot revoke each other. Null when there is no such key.
   */
  async change(
    tenant: TenantScope,
    id: string,
    decide: (key: KeyRecord, isLastOwner: boolean) => KeyChange,
  ): Promise<KeyRecord | null> {
    const { organizationId } = tenant;
    return this.prisma.$transaction(async transaction => {
      await transaction.$queryRaw`SELECT id FROM organizations WHERE id = ${organizationId} FOR NO KEY UPDATE`;
      const where = { ...ownKeys(tenant), id };
      const key = await transaction.managementKey.findFirst({ where, select: SHOWN });
      if (key === null) return null;
      const owners = { organizationId, projectId: null, role: 'owner', revokedAt: null };
      const others = await transaction.managementKey.count({ where: { ...owners, id: { not: id } } });
      const isOwner = key.role === 'owner' && key.projectId === null && key.revokedAt === null;
      const data = decide(key, isOwner && others === 0);
      return transaction.managementKey.update({ where: { id }, data, select: SHOWN });
    });
  }
}
