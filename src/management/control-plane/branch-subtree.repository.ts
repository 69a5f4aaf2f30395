import { Prisma } from '../../generated/prisma/client.js';

/** A query for the ids of a branch and of what grew from it. Deleted branches count: what was used on them was used. */
export function branchesWithin(branch: string): Prisma.Sql {
  return Prisma.sql`
    WITH RECURSIVE subtree (id) AS (
      SELECT ${branch}::text
      UNION SELECT branches.id FROM branches JOIN subtree ON branches.parent_id = subtree.id
    ) SELECT id FROM subtree`;
}
