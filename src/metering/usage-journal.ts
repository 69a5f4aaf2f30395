import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { IdSource } from '../platform/id-source.js';
import { Log } from '../platform/logging.js';
import { adoptSpools, type LeftSpool } from './spool/left-spool.js';
import type { SpoolCodec } from './spool/spool-line.js';
import { UsageSpool } from './spool/usage-spool.js';
import type { UsageRecord } from './usage-record.js';

/** What would be recorded of a request if this process died now, and what is recorded of it in the end. */
const CODEC: SpoolCodec<UsageRecord, UsageRecord> = {
  encodeBegin: encode,
  decodeBegin: decode,
  encodeEnd: encode,
  decodeEnd: decode,
};

/**
 * This process's usage on its own disk until the ledger has it (decision D6). A request is noted before its provider is
 * asked and recorded before its answer ends, so that neither a kill nor a database that is away loses money.
 */
@Injectable()
export class UsageJournal {
  private readonly root: string;
  private readonly spool: UsageSpool<UsageRecord, UsageRecord>;

  /** @throws {Error} naming the setting, when the data folder cannot be written */
  constructor(
    config: AppConfig,
    ids: IdSource,
    private readonly log: Log,
  ) {
    this.root = join(config.dataDir, 'spool');
    const options = { root: this.root, processId: ids.hex(8), maxBytes: config.spoolMaxBytes, codec: CODEC, log };
    try {
      this.spool = UsageSpool.open(options);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`The usage journal cannot be kept in ${this.root}: ${why}. Mend that, or set BOUGH_DATA_DIR.`, {
        cause,
      });
    }
  }

  /** Whether nothing more can be kept: a request that is served now could be lost to the bill. */
  get refusing(): boolean {
    return this.spool.full || this.spool.failing;
  }

  /** `ifKilled` is the record of a request whose end nobody will see. False when it could not be kept. */
  begin(ifKilled: UsageRecord): boolean {
    return this.spool.begin(ifKilled.requestId, ifKilled);
  }

  /** Resolves when the record is on the disk, at the latest after a second. */
  async end(record: UsageRecord): Promise<void> {
    await this.spool.end(record.requestId, record);
  }

  forget(requestId: string): void {
    this.spool.forget(requestId);
  }

  acknowledge(records: readonly UsageRecord[]): void {
    this.spool.acknowledge(records.map(({ requestId }) => requestId));
  }

  /** What dead processes left in this data folder, one after the other. */
  left(): AsyncGenerator<LeftSpool<UsageRecord, UsageRecord>> {
    return adoptSpools({ root: this.root, codec: CODEC, log: this.log });
  }

  async close(): Promise<void> {
    await this.spool.close();
  }
}

function encode(record: UsageRecord): unknown {
  return { ...record, costNanoUsd: record.costNanoUsd.toString() };
}

/** @throws when it is not a record of this release, which then leaves it for the one that wrote it */
function decode(json: unknown): UsageRecord {
  const record = json as Omit<UsageRecord, 'costNanoUsd'> & { readonly costNanoUsd: string };
  if (
    typeof record.requestId !== 'string' ||
    typeof record.occurredAt !== 'number' ||
    typeof record.tokens !== 'object'
  )
    throw new TypeError('not a usage record');
  return { ...record, costNanoUsd: BigInt(record.costNanoUsd) };
}
