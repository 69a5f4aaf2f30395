import { Injectable } from '@nestjs/common';
import { Prisma } from '../../../generated/prisma/client.js';
import type { Operator } from '../../../identity/identity.types.js';
import { PrismaService } from '../../../platform/prisma/prisma.service.js';
import type { ScopeType } from '../../../quota/limit.types.js';
import type { PagePosition } from '../page.js';
import { notFound } from '../refusals.js';

/** What an operator may see: an organization, or one project of it. */
export type TenantScope = Pick<Operator, 'organizationId' | 'projectId'>;

/**
 * The filter of the projects that an operator may see. It names their id where there is only one: join it with another by
 * `AND`, for spread over one that names an id too it would find the wrong project.
 */
export function ownProjects({ organizationId, projectId }: TenantScope) {
  return { organizationId, ...(projectId === null ? {} : { id: projectId }) };
}

/** Whether the organization itself, and not only a project of it, is the operator's. */
function ownsOrganization({ projectId }: TenantScope): boolean {
  return projectId === null;
}

/** Parts of a query over rows with `scope_type` and `scope_id`, such as limits and blocks. Begin with the first one. */

/** That a row's scope is or was the operator's. */
export function ownScope(tenant: TenantScope): Prisma.Sql {
  const { organizationId, projectId } = tenant;
  const bound = projectId === null ? Prisma.empty : Prisma.sql`AND p.id = ${projectId}`;
  const own = Prisma.sql`p.organization_id = ${organizationId} ${bound}`;
  const account = ownsOrganization(tenant) ? organizationId : null;
  return Prisma.sql`CASE scope_type
    WHEN 'account' THEN scope_id = ${account}
    WHEN 'project' THEN EXISTS (SELECT FROM projects p WHERE p.id = scope_id AND ${own})
    WHEN 'branch' THEN EXISTS (
      SELECT FROM branches b JOIN projects p ON p.id = b.project_id WHERE b.id = scope_id AND ${own})
    WHEN 'credential' THEN EXISTS (
      SELECT FROM credentials c JOIN branches b ON b.id = c.branch_id JOIN projects p ON p.id = b.project_id
      WHERE c.id = scope_id AND ${own})
    ELSE false END`;
}

/** That the columns hold these texts. Their names are the program's; what is undefined does not matter. */
export function filtered(filters: Readonly<Record<string, string | undefined>>): Prisma.Sql {
  const conditions = Object.entries(filters).flatMap(([column, value]) =>
    value === undefined ? [] : [Prisma.sql`AND ${Prisma.raw(column)} = ${value}`],
  );
  return conditions.length === 0 ? Prisma.empty : Prisma.join(conditions, ' ');
}

/** That a row comes after a position, oldest first. */
export function since(after: PagePosition | null): Prisma.Sql {
  if (after === null) return Prisma.empty;
  return Prisma.sql`AND (created_at, id) > (${after.createdAt.toISOString()}::timestamptz, ${after.id})`;
}

export interface ScopeRef {
  readonly scopeType: string;
  readonly scopeId: string;
}

/** Whose accounts, projects, branches and credentials they are. */
@Injectable()
export class ScopeRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Whether the operator's scope has this scope and it lives. */
  async isOwn(tenant: TenantScope, type: ScopeType, id: string): Promise<boolean> {
    const project = { ...ownProjects(tenant), deletedAt: null };
    const branch = { deletedAt: null, project };
    switch (type) {
      case 'account':
        return ownsOrganization(tenant) && id === tenant.organizationId;
      case 'project':
        return (await this.prisma.project.count({ where: { AND: [{ id }, project] } })) > 0;
      case 'branch':
        return (await this.prisma.branch.count({ where: { id, ...branch } })) > 0;
      case 'credential':
        return (await this.prisma.credential.count({ where: { id, branch } })) > 0;
    }
  }

  /** @throws {GatewayError} not_found unless the operator's scope has this living project */
  async requireProject(tenant: TenantScope, id: string): Promise<void> {
    if (!(await this.isOwn(tenant, 'project', id))) throw notFound('project');
  }

  /** Those of the rows whose scope is or was the operator's. */
  async keepOwn<Row extends ScopeRef>(tenant: TenantScope, rows: readonly Row[]): Promise<Row[]> {
    const project = ownProjects(tenant);
    const idsOf = (type: ScopeType) => rows.filter(row => row.scopeType === type).map(row => row.scopeId);
    const id = (type: ScopeType) => ({ id: { in: idsOf(type) } });
    const select = { id: true } as const;
    const [projects, branches, credentials] = await Promise.all([
      this.prisma.project.findMany({ where: { AND: [id('project'), project] }, select }),
      this.prisma.branch.findMany({ where: { ...id('branch'), project }, select }),
      this.prisma.credential.findMany({ where: { ...id('credential'), branch: { project } }, select }),
    ]);
    const own = new Set([
      ...(ownsOrganization(tenant) ? [`account ${tenant.organizationId}`] : []),
      ...projects.map(row => `project ${row.id}`),
      ...branches.map(row => `branch ${row.id}`),
      ...credentials.map(row => `credential ${row.id}`),
    ]);
    return rows.filter(row => own.has(`${row.scopeType} ${row.scopeId}`));
  }
}
