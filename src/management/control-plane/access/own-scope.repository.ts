import { Prisma } from '../../../generated/prisma/client.js';
import type { PagePosition } from '../page.js';
import { ownsOrganization, type Territory } from './tenant-scope.js';

/** Parts of a query over rows with `scope_type` and `scope_id`, such as limits and blocks. Begin with the first one. */

/** That a row's scope is or was the operator's. */
export function ownScope(territory: Territory): Prisma.Sql {
  const { organizationId, projectId } = territory;
  const bound = projectId === null ? Prisma.empty : Prisma.sql`AND p.id = ${projectId}`;
  const own = Prisma.sql`p.organization_id = ${organizationId} ${bound}`;
  const account = ownsOrganization(territory) ? organizationId : null;
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
