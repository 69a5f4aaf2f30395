import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { OLDEST_FIRST, type PagePosition, rowsSince } from '../control-plane/page.js';

export interface NewLineageSource {
  readonly id: string;
  readonly projectId: string;
  readonly baseUrl: string;
  readonly encryptedKey: Uint8Array<ArrayBuffer>;
  readonly nextSyncAt: Date;
  /** null: as the installation says */
  readonly pollSeconds: number | null;
}

export type LineageSourceChange = Pick<NewLineageSource, 'nextSyncAt'> &
  Partial<Pick<NewLineageSource, 'encryptedKey' | 'pollSeconds'>>;

export interface LineageSourceRecord extends Omit<NewLineageSource, 'encryptedKey'> {
  readonly createdAt: Date;
  readonly lastAttemptAt: Date | null;
  readonly lastSuccessAt: Date | null;
  readonly failures: number;
  readonly lastError: string | null;
}

/** A source that is this replica's to read, for as long as the claim holds. */
export interface ClaimedSource {
  readonly id: string;
  readonly projectId: string;
  readonly baseUrl: string;
  readonly encryptedKey: Uint8Array;
  readonly failures: number;
  readonly pollSeconds: number | null;
}

export interface FollowedProject {
  readonly name: string;
  readonly regionId: string;
  readonly organizationId: string;
}

/** What the control plane shows. The key never leaves the database through here. */
const SHOWN = {
  id: true,
  projectId: true,
  baseUrl: true,
  createdAt: true,
  nextSyncAt: true,
  pollSeconds: true,
  lastAttemptAt: true,
  lastSuccessAt: true,
  failures: true,
  lastError: true,
} as const;

@Injectable()
export class LineageSourceRepository {
  constructor(private readonly prisma: PrismaService) {}

  async list(
    organizationId: string,
    { projectId, state }: { projectId?: string; state?: 'current' | 'failing' },
    after: PagePosition | null,
    limit: number,
  ): Promise<LineageSourceRecord[]> {
    const failures = state === undefined ? {} : { failures: state === 'current' ? 0 : { gt: 0 } };
    return this.prisma.lineageSource.findMany({
      where: { project: { organizationId }, projectId, ...failures, AND: [rowsSince(after)] },
      select: SHOWN,
      orderBy: OLDEST_FIRST,
      take: limit,
    });
  }

  async find(organizationId: string, id: string): Promise<LineageSourceRecord | null> {
    return this.prisma.lineageSource.findFirst({ where: { id, project: { organizationId } }, select: SHOWN });
  }

  /** With its project, made now, or brought back where it was deleted. False when there is a living one of that id. */
  async add(source: NewLineageSource, { name, regionId, organizationId }: FollowedProject): Promise<boolean> {
    const id = source.projectId;
    return this.prisma.$transaction(async transaction => {
      const data = [{ id, name, regionId, organizationId }];
      const made = await transaction.project.createMany({ data, skipDuplicates: true });
      const where = { id, organizationId, deletedAt: { not: null } };
      const back = made.count > 0 ? made : await transaction.project.updateMany({ where, data: { deletedAt: null } });
      if (back.count > 0) await transaction.lineageSource.create({ data: source });
      return back.count > 0;
    });
  }

  /** Takes back what `add` did, where nothing came of it. */
  async discard({ id, projectId }: NewLineageSource, now: Date): Promise<void> {
    await this.prisma.$transaction([
      this.prisma.lineageSource.deleteMany({ where: { id } }),
      this.prisma.project.updateMany({ where: { id: projectId }, data: { deletedAt: now } }),
    ]);
  }

  /** Null when there is none. */
  async change(organizationId: string, id: string, data: LineageSourceChange): Promise<LineageSourceRecord | null> {
    const { count } = await this.prisma.lineageSource.updateMany({ where: { id, project: { organizationId } }, data });
    return count === 0 ? null : this.find(organizationId, id);
  }

  /** The tree stays as it is, and is its project's own from then on. False when there is none. */
  async delete(organizationId: string, id: string): Promise<boolean> {
    return (await this.prisma.lineageSource.deleteMany({ where: { id, project: { organizationId } } })).count > 0;
  }

  /** The source that waits longest, if one is due; no other replica gets it before `until`. */
  async claim(now: Date, until: Date): Promise<ClaimedSource | null> {
    const [row] = await this.prisma.$queryRaw<
      {
        id: string;
        project_id: string;
        base_url: string;
        sealed_key: Uint8Array;
        failures: number;
        poll_seconds: number | null;
      }[]
    >`
      UPDATE lineage_sources SET next_sync_at = ${until.toISOString()}::timestamptz,
        last_attempt_at = ${now.toISOString()}::timestamptz
      WHERE id = (
        SELECT s.id FROM lineage_sources s JOIN projects p ON p.id = s.project_id AND p.deleted_at IS NULL
        WHERE s.next_sync_at <= ${now.toISOString()}::timestamptz
        ORDER BY s.next_sync_at LIMIT 1 FOR UPDATE OF s SKIP LOCKED
      )
      RETURNING id, project_id, base_url, sealed_key, failures, poll_seconds`;
    if (row === undefined) return null;
    const { id, project_id: projectId, base_url: baseUrl, sealed_key: encryptedKey, failures } = row;
    return { id, projectId, baseUrl, encryptedKey, failures, pollSeconds: row.poll_seconds };
  }

  async noteSuccess(id: string, now: Date, nextSyncAt: Date): Promise<void> {
    const data = { lastSuccessAt: now, nextSyncAt, failures: 0, lastError: null };
    await this.prisma.lineageSource.updateMany({ where: { id }, data });
  }

  async noteFailure(id: string, lastError: string, nextSyncAt: Date): Promise<void> {
    const data = { lastError, nextSyncAt, failures: { increment: 1 } };
    await this.prisma.lineageSource.updateMany({ where: { id }, data });
  }

  /** A claim that ends before its time: nothing came of it, and nothing is wrong with the source. */
  async release(id: string, nextSyncAt: Date): Promise<void> {
    await this.prisma.lineageSource.updateMany({ where: { id }, data: { nextSyncAt } });
  }
}
