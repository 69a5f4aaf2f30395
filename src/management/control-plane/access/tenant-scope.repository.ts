import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../../platform/prisma/prisma.service.js';
import type { ScopeType } from '../../../quota/limit.types.js';
import { notFound } from '../refusals.js';
import { ownProjects, ownsOrganization, type Territory } from './tenant-scope.js';

export interface ScopeRef {
  readonly scopeType: string;
  readonly scopeId: string;
}

/** Whose accounts, projects, branches and credentials they are. */
@Injectable()
export class ScopeRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Whether the operator's territory has this scope and it lives. */
  async isOwn(territory: Territory, type: ScopeType, id: string): Promise<boolean> {
    const project = { ...ownProjects(territory), deletedAt: null };
    const branch = { deletedAt: null, project };
    switch (type) {
      case 'account':
        return ownsOrganization(territory) && id === territory.organizationId;
      case 'project':
        return (await this.prisma.project.count({ where: { AND: [{ id }, project] } })) > 0;
      case 'branch':
        return (await this.prisma.branch.count({ where: { id, ...branch } })) > 0;
      case 'credential':
        return (await this.prisma.credential.count({ where: { id, branch } })) > 0;
    }
  }

  /** @throws {GatewayError} not_found unless the operator's territory has this living project */
  async requireProject(territory: Territory, id: string): Promise<void> {
    if (!(await this.isOwn(territory, 'project', id))) throw notFound('project');
  }

  /** Those of the rows whose scope is or was the operator's. */
  async keepOwn<Row extends ScopeRef>(territory: Territory, rows: readonly Row[]): Promise<Row[]> {
    const project = ownProjects(territory);
    const idsOf = (type: ScopeType) => rows.filter(row => row.scopeType === type).map(row => row.scopeId);
    const id = (type: ScopeType) => ({ id: { in: idsOf(type) } });
    const select = { id: true } as const;
    const [projects, branches, credentials] = await Promise.all([
      this.prisma.project.findMany({ where: { AND: [id('project'), project] }, select }),
      this.prisma.branch.findMany({ where: { ...id('branch'), project }, select }),
      this.prisma.credential.findMany({ where: { ...id('credential'), branch: { project } }, select }),
    ]);
    const own = new Set([
      ...(ownsOrganization(territory) ? [`account ${territory.organizationId}`] : []),
      ...projects.map(row => `project ${row.id}`),
      ...branches.map(row => `branch ${row.id}`),
      ...credentials.map(row => `credential ${row.id}`),
    ]);
    return rows.filter(row => own.has(`${row.scopeType} ${row.scopeId}`));
  }
}
