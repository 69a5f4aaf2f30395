import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { IdSource } from '../platform/id-source.js';
import { Log } from '../platform/logging.js';
import { adoptSpools, type LeftSpool } from './spool/left-spool.js';
import { UsageSpool } from './spool/usage-spool.js';
import type { UsageRecord } from './usage-record.js';
import { USAGE_RECORD_CODEC } from './usage-record-codec.js';

/**
 * This process's usage on its own disk until the ledger has it (decision D6). A request is noted before its provider is
 * asked and recorded before its answer ends, so that neither a kill nor a database that is away loses money.
 */
@Injectable()
export class UsageJournal {
  private readonly root: string;
  private readonly spool: UsageSpool<UsageRecord>;

  /** @throws {Error} naming the setting, when the data folder cannot be written */
  constructor(
    config: AppConfig,
    ids: IdSource,
    private readonly log: Log,
  ) {
    this.root = join(config.dataDir, 'spool');
    const options = {
      root: this.root,
      processId: ids.hex(8),
      maxBytes: config.spoolMaxBytes,
      codec: USAGE_RECORD_CODEC,
      log,
    };
    try {
      this.spool = UsageSpool.open(options);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const fix = 'Make it a folder that this process may write to, or set BOUGH_DATA_DIR to another one';
      throw new Error(`The usage journal cannot be kept in ${this.root}: ${why}. ${fix}.`, { cause });
    }
  }

  /** Whether nothing more can be kept: a request that is served now could be lost to the bill. */
  get refusing(): boolean {
    return this.spool.full || this.spool.failing;
  }

  /**
   * `ifKilled` is the record of a request whose end nobody will see. Resolves when it would outlive this process; false when
   * it cannot be kept. Never rejects.
   */
  begin(ifKilled: UsageRecord): Promise<boolean> {
    return this.spool.begin(ifKilled.requestId, ifKilled);
  }

  /**
   * Resolves when the record would outlive this process, and a power cut would leave it or its begin (decision 21), at the
   * latest after a second. Never rejects.
   */
  end(record: UsageRecord): Promise<boolean> {
    return this.spool.end(record.requestId, record);
  }

  forget(requestId: string): void {
    this.spool.forget(requestId);
  }

  acknowledge(records: readonly UsageRecord[]): void {
    this.spool.acknowledge(records.map(({ requestId }) => requestId));
  }

  /** What dead processes left in this data folder, one after the other. */
  left(): AsyncGenerator<LeftSpool<UsageRecord>> {
    return adoptSpools({ root: this.root, codec: USAGE_RECORD_CODEC, log: this.log });
  }

  async close(): Promise<void> {
    await this.spool.close();
  }
}
