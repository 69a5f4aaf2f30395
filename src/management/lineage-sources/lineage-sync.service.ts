import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.js';
import { describeCause, Log } from '../../platform/logging.js';
import { SecretBox } from '../../platform/secrets.js';
import { LineageCopyService } from './lineage-copy.service.js';
import { type ClaimedSource, LineageSourceRepository } from './lineage-source.repository.js';
import { SourceFailure } from './source-tree.js';
import { SourceReader } from './source-reader.js';

const TICK_MS = 5_000;
const STOP_MS = 5_000;
/** Longer than a source may take to answer and its tree to be written. */
export const CLAIM_MS = 60_000;
const AT_ONCE = 4;
const SOURCES_A_TICK = 100;
const LONGEST_WAIT_MS = 900_000;
const STEEPEST = 10;
const NOT_OURS = 'the copy could not be written here';

/**
 * Keeps copies of trees in step with their sources. Nothing is taken of an answer unless all of it makes sense, and while a
 * source is silent its copy stays as it was: who is let in by it was let in by the source when it last spoke.
 */
@Injectable()
export class LineageSyncService implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;
  private stopping = false;

  constructor(
    private readonly config: AppConfig,
    private readonly sources: LineageSourceRepository,
    private readonly reader: SourceReader,
    private readonly copies: LineageCopyService,
    private readonly secrets: SecretBox,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.syncDue(), Math.min(TICK_MS, this.config.lineageSyncMs)).unref();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    if (this.timer !== null) clearInterval(this.timer);
    // A tree that is being read is read again by the next replica; a copy that is being written is finished.
    await this.reader.stop();
    const bound = new Promise<void>(resolve => setTimeout(resolve, STOP_MS).unref());
    await Promise.race([this.running, bound]);
  }

  /** Reads whatever source is due. Never rejects, and never runs twice at once. */
  syncDue(): Promise<void> {
    this.running ??= this.run().finally(() => (this.running = null));
    return this.running;
  }

  private async run(): Promise<void> {
    const reading = new Set<Promise<void>>();
    try {
      for (let left = SOURCES_A_TICK; left > 0 && !this.stopping; left -= 1) {
        const now = this.clock.now();
        const claimed = await this.sources.claim(new Date(now), new Date(now + CLAIM_MS));
        if (claimed === null) break;
        const read = this.sync(claimed).finally(() => reading.delete(read));
        reading.add(read);
        if (reading.size === AT_ONCE) await Promise.race(reading);
      }
    } catch (error) {
      this.log.warn('lineage sources could not be looked at; again in a moment', { cause: describeCause(error) });
    }
    await Promise.all(reading);
  }

  /** Never rejects: what is wrong is written down, or said in the log where not even that is possible. */
  private async sync(source: ClaimedSource): Promise<void> {
    try {
      const apiKey = this.secrets.decrypt(source.encryptedKey, lineageKeyContext(source.id));
      const tree = await this.reader.readTree({ ...source, apiKey });
      await this.copies.copy(source.id, source.projectId, tree);
      const now = this.clock.now();
      await this.sources.noteSuccess(source.id, new Date(now), new Date(now + this.intervalOf(source)));
    } catch (error) {
      if (this.stopping) await this.release(source);
      else await this.noteFailure(source, error);
    }
  }

  /** That this process ends is no failure of the source: another may read it at once. */
  private async release({ id, projectId }: ClaimedSource): Promise<void> {
    await this.sources.release(id, new Date(this.clock.now())).catch((cause: unknown) => {
      this.log.warn('a lineage source stays claimed for a minute', { projectId, cause: describeCause(cause) });
    });
  }

  private async noteFailure(source: ClaimedSource, error: unknown): Promise<void> {
    const { id, projectId, failures: before } = source;
    const failures = before + 1;
    this.log.warn('a lineage source could not be followed', { projectId, failures, cause: describeCause(error) });
    const sentence = error instanceof SourceFailure ? error.message : NOT_OURS;
    const next = new Date(this.clock.now() + this.waitAfter(failures, this.intervalOf(source)));
    await this.sources.noteFailure(id, sentence, next).catch((cause: unknown) => {
      this.log.warn('that could not be written down either', { projectId, cause: describeCause(cause) });
    });
  }

  private intervalOf(source: ClaimedSource): number {
    return pollMs(source, this.config.lineageSyncMs);
  }

  /** Twice as long after each failure, up to a quarter of an hour. */
  private waitAfter(failures: number, intervalMs: number): number {
    return Math.min(intervalMs * 2 ** Math.min(failures, STEEPEST), LONGEST_WAIT_MS);
  }
}

/** How long after a success a source is read again. */
export function pollMs({ pollSeconds }: Pick<ClaimedSource, 'pollSeconds'>, installationMs: number): number {
  return pollSeconds === null ? installationMs : pollSeconds * 1_000;
}

/** Binds an encrypted key to its row. */
export function lineageKeyContext(id: string): string {
  return `lineage-source:${id}`;
}
