import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { literally, NEWEST_FIRST, type PagePosition, type PageRequest, rowsAfter } from '../page.js';
import { ownProjects, type Territory } from '../territory.js';
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

  async list(territory: Territory, { search, after, limit }: PageRequest): Promise<ProjectRecord[]> {
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
      where: { deletedAt: null, AND: [ownProjects(territory), matches, rowsAfter(after)] },
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

  async create(project: NewProject, root: NewBranch): Promise<{ project: ProjectRecord; root: BranchRecord }> {
    return this.prisma.$transaction(async transaction => ({
      project: await transaction.project.create({ data: project }),
      root: await transaction.branch.create({ data: root }),
    }));
  }

  /** Null when there is no such living project. */
  async delete(territory: Territory, id: string, now: Date): Promise<ProjectRecord | null> {
    const where = { AND: [ownProjects(territory), { id, deletedAt: null }] };
    const [row] = await this.prisma.project.updateManyAndReturn({ where, data: { deletedAt: now, updatedAt: now } });
    return row ?? null;
  }
}
