import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import type { ScopeType } from '../../quota/limit.types.js';

export interface ScopeRef {
  readonly scopeType: string;
  readonly scopeId: string;
}

/** Whose accounts, projects, branches and credentials they are. */
@Injectable()
export class ScopeRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Whether the organization has this scope and it lives. */
  async isOwn(organizationId: string, type: ScopeType, id: string): Promise<boolean> {
    const project = { organizationId, deletedAt: null };
    const branch = { deletedAt: null, project };
    switch (type) {
      case 'account':
        return id === organizationId;
      case 'project':
        return (await this.prisma.project.count({ where: { id, ...project } })) > 0;
      case 'branch':
        return (await this.prisma.branch.count({ where: { id, ...branch } })) > 0;
      case 'credential':
        return (await this.prisma.credential.count({ where: { id, branch } })) > 0;
    }
  }

  /** Those of the rows whose scope is or was the organization's. */
  async keepOwn<Row extends ScopeRef>(organizationId: string, rows: readonly Row[]): Promise<Row[]> {
    const idsOf = (type: ScopeType) => rows.filter(row => row.scopeType === type).map(row => row.scopeId);
    const id = (type: ScopeType) => ({ id: { in: idsOf(type) } });
    const select = { id: true } as const;
    const [projects, branches, credentials] = await Promise.all([
      this.prisma.project.findMany({ where: { ...id('project'), organizationId }, select }),
      this.prisma.branch.findMany({ where: { ...id('branch'), project: { organizationId } }, select }),
      this.prisma.credential.findMany({
        where: { ...id('credential'), branch: { project: { organizationId } } },
        select,
      }),
    ]);
    const own = new Set([
      `account ${organizationId}`,
      ...projects.map(row => `project ${row.id}`),
      ...branches.map(row => `branch ${row.id}`),
      ...credentials.map(row => `credential ${row.id}`),
    ]);
    return rows.filter(row => own.has(`${row.scopeType} ${row.scopeId}`));
  }
}
