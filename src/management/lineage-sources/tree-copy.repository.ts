import type { Prisma } from '../../generated/prisma/client.js';
import type { LockedTree } from '../branches/branches.module.js';
import { type SourceBranch, SourceFailure } from './source-tree.js';
import type { KeptBranch, TreePlan } from './tree-plan.js';

/** From so many on, what PostgreSQL knows about the table is no longer true, and a lineage would be walked slowly. */
const MANY = 1_000;

interface KeptRow {
  readonly id: string;
  readonly parent_id: string | null;
  readonly name: string;
  readonly is_default: boolean;
  readonly protected: boolean;
  readonly init_source: string;
  readonly expires_at: Date | string | null;
  readonly last_reset_at: Date | string | null;
  readonly created_at: Date | string;
  readonly deleted_at: Date | string | null;
}

/** A project's tree while it is made the copy of another one. */
export class TreeCopy {
  private readonly transaction: Prisma.TransactionClient;
  private readonly projectId: string;
  private readonly now: Date;

  constructor({ transaction, projectId, now }: LockedTree) {
    this.transaction = transaction;
    this.projectId = projectId;
    this.now = now;
  }

  /** The living branches, and whatever is here of the source's. */
  async listKept(source: readonly SourceBranch[]): Promise<KeptBranch[]> {
    const ids = JSON.stringify(source.map(({ id }) => id));
    const rows = await this.transaction.$queryRaw<KeptRow[]>`
      SELECT id, parent_id, name, is_default, protected, init_source, expires_at, last_reset_at, created_at, deleted_at
      FROM branches WHERE project_id = ${this.projectId}
        AND (deleted_at IS NULL OR id IN (SELECT * FROM json_array_elements_text(${ids}::json)))`;
    return rows.map(readRow);
  }

  /** @throws {SourceFailure} when one of the source's branches belongs to another project here */
  async refuseForeign(source: readonly SourceBranch[]): Promise<void> {
    const ids = JSON.stringify(source.map(({ id }) => id));
    const rows = await this.transaction.$queryRaw<unknown[]>`
      SELECT 1 FROM branches b JOIN json_array_elements_text(${ids}::json) AS named(id) ON named.id = b.id
      WHERE b.project_id <> ${this.projectId} LIMIT 1`;
    if (rows.length > 0) throw new SourceFailure('a branch of the source belongs to another project here');
  }

  async apply({ added, changed, ended }: TreePlan): Promise<void> {
    await this.end(ended);
    // Branches may have swapped names, or the mark of the default: nobody has either while they change hands.
    await this.park(changed);
    await this.add(added);
    await this.change(changed);
    if (added.length >= MANY) await this.transaction.$executeRaw`ANALYZE branches`;
  }

  private async end(ids: readonly string[]): Promise<void> {
    const moment = this.now.toISOString();
    await this.transaction.$executeRaw`
      UPDATE branches b SET deleted_at = ${moment}::timestamptz, deleted_by = 'source', updated_at = ${moment}::timestamptz
      FROM json_array_elements_text(${JSON.stringify(ids)}::json) AS gone(id)
      WHERE b.id = gone.id AND b.project_id = ${this.projectId} AND b.deleted_at IS NULL`;
  }

  private async park(branches: readonly SourceBranch[]): Promise<void> {
    const ids = JSON.stringify(branches.map(({ id }) => id));
    await this.transaction.$executeRaw`
      UPDATE branches b SET name = '~' || b.id || '~', is_default = false
      FROM json_array_elements_text(${ids}::json) AS parked(id)
      WHERE b.id = parked.id AND b.project_id = ${this.projectId} AND b.deleted_at IS NULL`;
  }

  private async add(branches: readonly SourceBranch[]): Promise<void> {
    await this.transaction.$executeRaw`
      INSERT INTO branches (id, project_id, parent_id, name, is_default, protected, init_source, expires_at, last_reset_at,
                            created_at, updated_at)
      SELECT id, ${this.projectId}, parent_id, name, is_default, protected, init_source, expires_at, last_reset_at,
             created_at, ${this.now.toISOString()}::timestamptz
      FROM json_to_recordset(${rowsOf(branches)}::json) AS s(id text, parent_id text, name text, is_default boolean,
        protected boolean, init_source text, expires_at timestamptz, last_reset_at timestamptz, created_at timestamptz)`;
  }

  private async change(branches: readonly SourceBranch[]): Promise<void> {
    await this.transaction.$executeRaw`
      UPDATE branches b
      SET parent_id = s.parent_id, name = s.name, is_default = s.is_default, protected = s.protected,
          init_source = s.init_source, expires_at = s.expires_at, last_reset_at = s.last_reset_at, ttl_seconds = NULL,
          deleted_at = NULL, deleted_by = NULL, updated_at = ${this.now.toISOString()}::timestamptz
      FROM json_to_recordset(${rowsOf(branches)}::json) AS s(id text, parent_id text, name text, is_default boolean,
        protected boolean, init_source text, expires_at timestamptz, last_reset_at timestamptz)
      WHERE b.id = s.id AND b.project_id = ${this.projectId}`;
  }
}

function readRow(row: KeptRow): KeptBranch {
  const moment = (value: Date | string | null) => (value === null ? null : new Date(value));
  return {
    id: row.id,
    parentId: row.parent_id,
    name: row.name,
    isDefault: row.is_default,
    protected: row.protected,
    initSource: row.init_source,
    expiresAt: moment(row.expires_at),
    lastResetAt: moment(row.last_reset_at),
    createdAt: new Date(row.created_at),
    deletedAt: moment(row.deleted_at),
  };
}

function rowsOf(branches: readonly SourceBranch[]): string {
  return JSON.stringify(
    branches.map(branch => ({
      id: branch.id,
      parent_id: branch.parentId,
      name: branch.name,
      is_default: branch.isDefault,
      protected: branch.protected,
      init_source: branch.initSource,
      expires_at: branch.expiresAt,
      last_reset_at: branch.lastResetAt,
      created_at: branch.createdAt,
    })),
  );
}
