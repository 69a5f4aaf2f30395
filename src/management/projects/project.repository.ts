import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { literally, NEWEST_FIRST, type PagePosition, type PageRequest, rowsAfter } from '../control-plane/page.js';
import { ownProjects, type Territory } from '../control-plane/access/tenant-scope.js';
import { type BranchRecord, type NewBranch, RECOVERY_MS } from '../branches/branch-record.js';
import type { OperationRecord } from '../operations/operation-view.js';
import type { ClientSettings, NewProject, ProjectRecord } from './project-record.js';

export interface ProjectPageRequest extends PageRequest {
  /** deleted since then, instead of living */
  readonly deletedSince: Date | null;
}

@Injectable()
export class ProjectRepository {
  constructor(private readonly prisma: PrismaService) {}

  async list(territory: Territory, page: ProjectPageRequest): Promise<ProjectRecord[]> {
    const { search, after, limit, deletedSince } = page;
    const contains = { contains: literally(search ?? ''), mode: 'insensitive' as const };
    const matches = search === undefined ? {} : { OR: [{ name: contains }, { id: contains }] };
    const deletedAt = deletedSince === null ? null : { gt: deletedSince };
    return this.prisma.project.findMany({
      where: { deletedAt, AND: [ownProjects(territory), matches, rowsAfter(after)] },
      orderBy: NEWEST_FIRST,
      take: limit,
    });
  }

  /** Where a project stands in the list; a deleted one too, so that paging survives a deletion. */
  async findPosition(territory: Territory, id: string): Promise<PagePosition | null> {
    const where = { AND: [ownProjects(territory), { id }] };
    return this.prisma.project.findFirst({ where, select: { id: true, createdAt: true } });
  }

  async find(territory: Territory, id: string): Promise<ProjectRecord | null> {
    return this.prisma.project.findFirst({ where: { AND: [ownProjects(territory), { id, deletedAt: null }] } });
  }

  /** Null when the organization ended meanwhile. */
  async create(
    { clientSettings, ...project }: NewProject,
    { annotation, ...root }: NewBranch,
    operation: OperationRecord,
  ): Promise<{ project: ProjectRecord; root: BranchRecord } | null> {
    return this.prisma.$transaction(async transaction => {
      // Whoever ends it waits until this is done, and sees the project.
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
    territory: Territory,
    id: string,
    name: string | undefined,
    settings: ClientSettings,
    now: Date,
  ): Promise<ProjectRecord | null> {
    const [row] = await this.prisma.project.updateManyAndReturn({
      where: { AND: [ownProjects(territory), { id, deletedAt: null }] },
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
  async delete(territory: Territory, id: string, now: Date): Promise<ProjectRecord | null> {
    const where = { AND: [ownProjects(territory), { id, deletedAt: null }] };
    const [row] = await this.prisma.project.updateManyAndReturn({ where, data: { deletedAt: now, updatedAt: now } });
    return row ?? null;
  }

  /** Null when there is no project that was deleted in the last days. */
  async recover(territory: Territory, id: string, now: Date): Promise<ProjectRecord | null> {
    const deletedAt = { gt: new Date(now.getTime() - RECOVERY_MS) };
    const where = { AND: [ownProjects(territory), { id, deletedAt }] };
    const [row] = await this.prisma.project.updateManyAndReturn({ where, data: { deletedAt: null, updatedAt: now } });
    return row ?? null;
  }
}
