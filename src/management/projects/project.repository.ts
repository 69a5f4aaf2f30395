import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { type BranchRecord, type NewBranch, RECOVERY_MS } from '../branches/branches.module.js';
import { ownProjects, type TenantScope } from '../control-plane/access/tenant-scope.repository.js';
import { literally, NEWEST_FIRST, type PagePosition, type PageRequest, rowsAfter } from '../control-plane/page.js';
import type { OperationRecord } from '../operations/operations.module.js';

export interface NewProject {
  readonly id: string;
  readonly name: string;
  readonly organizationId: string;
  readonly regionId: string;
  readonly clientSettings: ClientSettings;
}

/** What published clients set on a project and Bough has no use for: given back as it was. */
export interface ClientSettings {
  readonly pg_version?: number;
  readonly store_passwords?: boolean;
  readonly history_retention_seconds?: number;
  readonly settings?: object;
  readonly default_endpoint_settings?: object;
}

export interface ProjectRecord extends Omit<NewProject, 'clientSettings'> {
  readonly clientSettings: unknown;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deletedAt: Date | null;
}

export interface ProjectPageRequest extends PageRequest {
  /** deleted since then, instead of living */
  readonly deletedSince: Date | null;
}

@Injectable()
export class ProjectRepository {
  constructor(private readonly prisma: PrismaService) {}

  async list(tenant: TenantScope, page: ProjectPageRequest): Promise<ProjectRecord[]> {
    const { search, after, limit, deletedSince } = page;
    const contains = { contains: literally(search ?? ''), mode: 'insensitive' as const };
    const matches = search === undefined ? {} : { OR: [{ name: contains }, { id: contains }] };
    const deletedAt = deletedSince === null ? null : { gt: deletedSince };
    return this.prisma.project.findMany({
      where: { deletedAt, AND: [ownProjects(tenant), matches, rowsAfter(after)] },
      orderBy: NEWEST_FIRST,
      take: limit,
    });
  }

  /** Where a project stands in the list; a deleted one too, so that paging survives a deletion. */
  async findPosition(tenant: TenantScope, id: string): Promise<PagePosition | null> {
    const where = { AND: [ownProjects(tenant), { id }] };
    return this.prisma.project.findFirst({ where, select: { id: true, createdAt: true } });
  }

  async find(tenant: TenantScope, id: string): Promise<ProjectRecord | null> {
    return this.prisma.project.findFirst({ where: { AND: [ownProjects(tenant), { id, deletedAt: null }] } });
  }

  /** Null when the organization ended meanwhile. */
  async create(
    { clientSettings, ...project }: NewProject,
    { annotation, ...root }: NewBranch,
    operation: OperationRecord,
  ): Promise<{ project: ProjectRecord; root: BranchRecord } | null> {
    return this.prisma.$transaction(async transaction => {
      // Anyone who ends it waits until this is done, and sees the project.
      const [living] = await transaction.$queryRaw<object[]>`
        SELECT id FROM organizations WHERE id = ${project.organizationId} AND deleted_at IS NULL FOR SHARE`;
      if (living === undefined) return null;
      const created = {
        project: await transaction.project.create({ data: { ...project, clientSettings: { ...clientSettings } } }),
        root: await transaction.branch.create({ data: { ...root, ...(annotation == null ? {} : { annotation }) } }),
      };
      await transaction.operation.create({ data: operation });
      return created;
    });
  }

  /** Null when there is no such living project. */
  async update(
    tenant: TenantScope,
    id: string,
    name: string | undefined,
    settings: ClientSettings,
    now: Date,
  ): Promise<ProjectRecord | null> {
    const [row] = await this.prisma.project.updateManyAndReturn({
      where: { AND: [ownProjects(tenant), { id, deletedAt: null }] },
      data: { ...(name === undefined ? {} : { name }), clientSettings: { ...settings }, updatedAt: now },
    });
    return row ?? null;
  }

  /** What speaks against deleting a project: a protected branch, or that its tree is a copy. */
  async findHindrance(id: string): Promise<'protected branch' | 'lineage source' | null> {
    if ((await this.prisma.branch.count({ where: { projectId: id, protected: true, deletedAt: null } })) > 0) {
      return 'protected branch';
    }
    return (await this.prisma.lineageSource.count({ where: { projectId: id } })) > 0 ? 'lineage source' : null;
  }

  /** Null when there is no such living project. */
  async delete(tenant: TenantScope, id: string, now: Date): Promise<ProjectRecord | null> {
    const where = { AND: [ownProjects(tenant), { id, deletedAt: null }] };
    const [row] = await this.prisma.project.updateManyAndReturn({ where, data: { deletedAt: now, updatedAt: now } });
    return row ?? null;
  }

  /** Null when there is no project that was deleted in the last days. */
  async recover(tenant: TenantScope, id: string, now: Date): Promise<ProjectRecord | null> {
    const deletedAt = { gt: new Date(now.getTime() - RECOVERY_MS) };
    const where = { AND: [ownProjects(tenant), { id, deletedAt }] };
    const [row] = await this.prisma.project.updateManyAndReturn({ where, data: { deletedAt: null, updatedAt: now } });
    return row ?? null;
  }
}
