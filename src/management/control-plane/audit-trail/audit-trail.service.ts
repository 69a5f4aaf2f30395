import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock.js';
import { IdSource } from '../../../platform/id-source.js';
import { describeCause, Log } from '../../../platform/logging.js';
import { storable } from '../requests/storable.js';
import { type AuditEntry, AuditRepository } from './audit.repository.js';

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

/**
 * A UUID of version 7 behind a prefix: entries have the order of time by their ids alone, whichever replica wrote them.
 * @param random at least 19 hexadecimal digits
 */
export function entryId(timeMs: number, random: string): string {
  const time = timeMs.toString(16).padStart(12, '0');
  const variant = ((Number.parseInt(random.charAt(3), 16) & 3) | 8).toString(16);
  const groups = [
    time.slice(0, 8),
    time.slice(8),
    `7${random.slice(0, 3)}`,
    variant + random.slice(4, 7),
    random.slice(7, 19),
  ];
  return `aud_${groups.join('-')}`;
}
