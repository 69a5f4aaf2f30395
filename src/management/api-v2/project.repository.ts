import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { literally, NEWEST_FIRST, type PagePosition, type PageRequest, rowsAfter } from '../page.js';
import type { BranchRecord, NewBranch } from './branch-tree.repository.js';

export interface NewProject {
  readonly id: string;
  readonly name: string;
  readonly organizationId: string;
  readonly regionId: string;
}

export interface ProjectRecord extends NewProject {
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

@Injectable()
export class ProjectRepository {
  constructor(private readonly prisma: PrismaService) {}

  async list(organizationId: string, { search, after, limit }: PageRequest): Promise<ProjectRecord[]> {
    const matches =
      search === undefined
        ? {}
        : {
            OR: [
              { name: { contains: literally(search), mode: 'insensitive' as const } },
              { id: { contains: literally(search), mode: 'insensitive' as const } },
            ],
          };
    return this.prisma.project.findMany({
      where: { organizationId, deletedAt: null, AND: [matches, rowsAfter(after)] },
      orderBy: NEWEST_FIRST,
      take: limit,
    });
  }

  /** Where a project stands in the list; a deleted one too, so that paging survives a deletion. */
  async findPosition(organizationId: string, id: string): Promise<PagePosition | null> {
    return this.prisma.project.findFirst({ where: { id, organizationId }, select: { id: true, createdAt: true } });
  }

  async find(organizationId: string, id: string): Promise<ProjectRecord | null> {
    return this.prisma.project.findFirst({ where: { id, organizationId, deletedAt: null } });
  }

  async create(project: NewProject, root: NewBranch): Promise<{ project: ProjectRecord; root: BranchRecord }> {
    return this.prisma.$transaction(async transaction => ({
      project: await transaction.project.create({ data: project }),
      root: await transaction.branch.create({ data: root }),
    }));
  }

  /** Null when there is no such living project. */
  async delete(organizationId: string, id: string, now: Date): Promise<ProjectRecord | null> {
    const where = { id, organizationId, deletedAt: null };
    const [row] = await this.prisma.project.updateManyAndReturn({ where, data: { deletedAt: now, updatedAt: now } });
    return row ?? null;
  }
}
