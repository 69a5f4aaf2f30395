import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock.js';
import { IdSource } from '../../../platform/id-source.js';
import { describeCause, Log } from '../../../platform/logging.js';
import { storable } from '../requests/storable.js';
import type { AuditEntry } from './audit-entry.js';
import { AuditRepository } from './audit.repository.js';
import { entryId } from './entry-id.js';

/** How long to wait before another attempt. */
const PAUSES_MS = [50, 250, 1_000];
const RANDOM_BYTES = 10;

/** Writes down who changed what. */
@Injectable()
export class AuditTrailService {
  constructor(
    private readonly repository: AuditRepository,
    private readonly clock: Clock,
    private readonly ids: IdSource,
    private readonly log: Log,
  ) {}

  /**
   * Never rejects: what was done is done, and its answer, which may hold a secret that is shown once, is owed to the caller.
   * What the database does not take in some attempts goes to the log.
   */
  async record(told: Omit<AuditEntry, 'id' | 'occurredAt'>): Promise<void> {
    const now = this.clock.now();
    const entry = { ...storable(told), id: entryId(now, this.ids.hex(RANDOM_BYTES)), occurredAt: new Date(now) };
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.repository.add(entry);
        return;
      } catch (error) {
        const pauseMs = PAUSES_MS[attempt];
        if (pauseMs === undefined) {
          this.give(entry, error);
          return;
        }
        await wait(pauseMs);
      }
    }
  }

  private give({ before: _before, after: _after, actorName: _name, ...entry }: AuditEntry, error: unknown): void {
    this.log.error('an audit entry could not be written', { ...entry, cause: describeCause(error) });
  }
}
