import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Operator } from '../../identity/identity.types.js';
import { type AuditEntry, type AuditFilter, AuditRepository } from '../control-plane/audit-trail/audit.repository.js';
import { type CursorForm, readPage } from '../control-plane/page.js';
import { invalidField } from '../control-plane/refusals.js';
import { csvLine, spreadsheetText, timestamp } from '../control-plane/notation.js';
import { AUDIT_COLUMNS, type AuditEntryView, type AuditPage, type AuditQuery } from './audit.dto.js';

const PAGE = 100;
const CSV_PAGE = 1_000;
const ENTRY_ID = /^aud_[0-9a-f-]{36}$/;
/** An id tells its own place: the entry behind it need not be looked up, nor be the operator's. */
const CURSORS: CursorForm<AuditEntry, string> = {
  encode: ({ id }) => id,
  decode: cursor => (ENTRY_ID.test(cursor) ? cursor : null),
};

/** Who changed what in the operator's own organization, or project. */
@Injectable()
export class AuditReportService {
  constructor(private readonly repository: AuditRepository) {}

  async list(operator: Operator, query: AuditQuery): Promise<AuditPage> {
    const filter = readFilter(query);
    const { rows, next } = await readPage({ limit: PAGE, ...query }, CURSORS, (before, limit) =>
      this.repository.list(operator, filter, before, limit),
    );
    return { entries: rows.map(viewEntry), ...next };
  }

  /** The same as CSV, whole. What fails before the first row fails the call; later it breaks the stream. */
  async export(operator: Operator, query: AuditQuery): Promise<Readable> {
    const filter = readFilter(query);
    const { cursor } = query;
    const { rows: first } = await readPage({ limit: CSV_PAGE, cursor }, CURSORS, (before, limit) =>
      this.repository.list(operator, filter, before, limit),
    );
    return Readable.from(this.lines(operator, filter, first), { objectMode: false });
  }

  private async *lines(operator: Operator, filter: AuditFilter, first: AuditEntry[]): AsyncGenerator<string> {
    yield csvLine(AUDIT_COLUMNS);
    for (let rows = first; rows.length > 0;) {
      yield rows.map(row => csvLine(cellsOf(viewEntry(row)))).join('');
      const last = rows.at(-1);
      // Each page begins behind the last entry of the one before, so no connection is held while the caller reads.
      rows =
        rows.length < CSV_PAGE || last === undefined
          ? []
          : await this.repository.list(operator, filter, last.id, CSV_PAGE);
    }
  }
}

function readFilter({ from, to, object_kind: objectKind, ...query }: AuditQuery): AuditFilter {
  const filter = {
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
  };
  if (filter.from !== undefined && filter.to !== undefined && filter.to <= filter.from) {
    throw invalidField('to', 'must be later than from');
  }
  const { actor, action, object, project, outcome } = query;
  return { ...filter, objectKind, actor, action, object, project, outcome };
}

function viewEntry(entry: AuditEntry): AuditEntryView {
  return {
    id: entry.id,
    occurred_at: timestamp(entry.occurredAt),
    actor_id: entry.actorId,
    actor_name: entry.actorName,
    actor_role: entry.actorRole,
    action: entry.action,
    object_kind: entry.objectKind,
    object_id: entry.objectId,
    project_id: entry.projectId,
    outcome: entry.outcome,
    status: entry.status,
    request_id: entry.requestId,
    client_address: entry.clientAddress,
    before: entry.before,
    after: entry.after,
  };
}

function cellsOf(entry: AuditEntryView): (string | undefined)[] {
  return AUDIT_COLUMNS.map(column => {
    const value = entry[column];
    if (value === null) return undefined;
    return typeof value === 'object' ? JSON.stringify(value) : spreadsheetText(String(value));
  });
}
