import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { Operator } from '../../identity/identity.types.js';
import { Clock } from '../../platform/clock.js';
import { IdSource } from '../../platform/id-source.js';
import { SecretBox } from '../../platform/secrets.js';
import { LineageCopyService } from './lineage-copy.service.js';
import { type LineageSourceRecord, LineageSourceRepository } from './lineage-source.repository.js';
import { CLAIM_MS, lineageKeyContext, pollMs } from './lineage-sync.service.js';
import { SourceFailure } from './source-tree.js';
import { SourceReader } from './source-reader.js';
import { byCreation, readPage } from '../control-plane/page.js';
import { conflict, invalidField, notFound, nothingToChange } from '../control-plane/refusals.js';
import { timestamp } from '../control-plane/notation.js';
import type {
  AddLineageSourceBody,
  ChangeLineageSourceBody,
  LineageSource,
  LineageSourceList,
  ListLineageSourcesQuery,
} from './lineage-source.dto.js';
import { findAddressFault } from '../control-plane/outbound-address.js';

const CURSORS = byCreation<LineageSourceRecord>('lineage-sources');
const NEON = 'https://console.neon.tech/api/v2';

/** Which projects follow a project elsewhere, and from where. */
@Injectable()
export class LineageSourcesService {
  constructor(
    private readonly config: AppConfig,
    private readonly repository: LineageSourceRepository,
    private readonly reader: SourceReader,
    private readonly copies: LineageCopyService,
    private readonly secrets: SecretBox,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  async list({ organizationId }: Operator, query: ListLineageSourcesQuery): Promise<LineageSourceList> {
    const { project_id: projectId, state } = query;
    const { rows, next } = await readPage(query, CURSORS, (after, limit) =>
      this.repository.list(organizationId, { projectId, state }, after, limit),
    );
    return { lineage_sources: rows.map(record => this.view(record)), ...next };
  }

  /** @throws {GatewayError} not_found */
  async get({ organizationId }: Operator, id: string): Promise<LineageSource> {
    const record = await this.repository.find(organizationId, id);
    if (record === null) throw notFound('lineage source');
    return this.view(record);
  }

  /**
   * Reads the source before anything is kept of it, so that a key that does not work is said at once.
   * @throws {GatewayError} conflict when the source gives no tree, or there is a project of that id
   */
  async add(operator: Operator, body: AddLineageSourceBody): Promise<LineageSource> {
    const baseUrl = (body.base_url ?? NEON).replace(/(?<!\/)\/+$/, '');
    const fault = findAddressFault(baseUrl, this.config.allowedHttpUpstreams, this.config.privatePlaces);
    if (fault !== null) throw invalidField('base_url', fault);
    const { organizationId } = operator;
    const { project_id: projectId, api_key: apiKey, poll_seconds: pollSeconds = null } = body;
    const address = { projectId, baseUrl, apiKey };
    const project = await this.reader.readProject(address).catch(refuseSource);
    const tree = await this.reader.readTree(address).catch(refuseSource);
    const id = this.ids.prefixed('ls');
    const encryptedKey = this.secrets.encrypt(apiKey, lineageKeyContext(id));
    // Nobody else reads it meanwhile.
    const nextSyncAt = new Date(this.clock.now() + CLAIM_MS);
    const source = { id, projectId, baseUrl, encryptedKey, nextSyncAt, pollSeconds };
    if (!(await this.repository.add(source, { ...project, organizationId }))) {
      throw conflict('there is a project of that id already: delete it first', 'project_id');
    }
    await this.copies.copy(id, projectId, tree).catch(async (error: unknown) => {
      await this.repository.discard(source, new Date(this.clock.now()));
      return refuseSource(error);
    });
    const now = this.clock.now();
    const next = now + pollMs({ pollSeconds }, this.config.lineageSyncMs);
    await this.repository.noteSuccess(id, new Date(now), new Date(next));
    return this.get(operator, id);
  }

  /**
   * A new key is tried before it is kept: one that does not work is said at once, and the former one goes on.
   * @throws {GatewayError} conflict when the source does not take the key
   */
  async change({ organizationId }: Operator, id: string, body: ChangeLineageSourceBody): Promise<LineageSource> {
    const { api_key: apiKey, poll_seconds: pollSeconds } = body;
    if (apiKey === undefined && pollSeconds === undefined) throw nothingToChange();
    const known = await this.repository.find(organizationId, id);
    if (known === null) throw notFound('lineage source');
    if (apiKey !== undefined) await this.reader.readProject({ ...known, apiKey }).catch(refuseKey);
    const changed = await this.repository.change(organizationId, id, {
      ...(apiKey === undefined ? {} : { encryptedKey: this.secrets.encrypt(apiKey, lineageKeyContext(id)) }),
      ...(pollSeconds === undefined ? {} : { pollSeconds }),
      nextSyncAt: new Date(this.clock.now()),
    });
    if (changed === null) throw notFound('lineage source');
    return this.view(changed);
  }

  /** The tree stays as it was when the source last spoke. */
  async delete({ organizationId }: Operator, id: string): Promise<void> {
    if (!(await this.repository.delete(organizationId, id))) throw notFound('lineage source');
  }

  private view(record: LineageSourceRecord): LineageSource {
    const { lastSuccessAt, lastAttemptAt } = record;
    const stale = lastSuccessAt === null ? null : Math.max(0, this.clock.now() - lastSuccessAt.getTime());
    return {
      id: record.id,
      project_id: record.projectId,
      base_url: record.baseUrl,
      poll_seconds: record.pollSeconds,
      state: record.failures === 0 ? 'current' : 'failing',
      last_success_at: lastSuccessAt === null ? null : timestamp(lastSuccessAt),
      stale_seconds: stale === null ? null : Math.floor(stale / 1_000),
      last_attempt_at: lastAttemptAt === null ? null : timestamp(lastAttemptAt),
      next_attempt_at: timestamp(record.nextSyncAt),
      failures: record.failures,
      last_error: record.lastError,
      created_at: timestamp(record.createdAt),
    };
  }
}

function refuseKey(error: unknown): never {
  throw error instanceof SourceFailure ? conflict(error.message, 'api_key') : error;
}

function refuseSource(error: unknown): never {
  throw error instanceof SourceFailure ? conflict(error.message, 'base_url') : error;
}
