import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Dialect, TRANSLATED_DIALECTS } from '../dialects/dialect.js';
import { GatewayError } from '../errors/gateway-error.js';
import { AppConfig } from '../config/app-config.js';
import { ChangeFeed } from '../platform/change-feed.js';
import { describeCause, Log } from '../platform/logging.js';
import { SnapshotLoader } from '../platform/snapshot-loader.js';
import { readCatalogRow, type StoredModel } from './catalog-row.js';
import { CatalogSeeder } from './catalog.seeder.js';
import { CatalogSnapshot, type OpenModels } from './catalog-snapshot.js';
import { CatalogRepository } from './catalog.repository.js';
import type { CatalogModel } from './catalog.types.js';
import { nearestIds } from './nearest-id.js';

const MAX_QUOTED_ID = 200;

/** Answers which model a caller means. All of it comes from one immutable snapshot in memory. */
@Injectable()
export class CatalogService implements OnModuleInit {
  private readonly snapshots = new SnapshotLoader(new CatalogSnapshot([]), () => this.load());

  constructor(
    private readonly seeder: CatalogSeeder,
    private readonly repository: CatalogRepository,
    private readonly feed: ChangeFeed,
    private readonly log: Log,
    private readonly config: AppConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    this.feed.on('catalog', () => this.snapshots.reload());
    await this.seeder.seed();
    await this.snapshots.reload();
  }

  /**
   * The model that a request names, if it may be called in that dialect (docs/contract.md section 4, steps 6 to 9).
   * @param idAsSent the id as the caller wrote it, with or without `databricks-`; null when there was none
   * @param isOpen which models the caller may call: none other is named in the place of an unknown one
   * @throws {GatewayError} invalid_model (400) for no id, an unknown id or another dialect's model; model_not_enabled (403)
   */
  resolve(idAsSent: string | null, dialect: Dialect, isOpen?: OpenModels): CatalogModel {
    if (idAsSent === null || idAsSent === '') throw new GatewayError('invalid_model', { param: 'model' });
    const model = this.snapshot.find(idAsSent);
    if (model === null) throw refusal(this.unknown(idAsSent, this.listCallable([dialect], isOpen)));
    if (!model.callableDialects.has(dialect)) {
      throw refusal(`model "${quotable(idAsSent)}" is not available on the ${dialect} endpoint`);
    }
    if (!model.enabled) throw new GatewayError('model_not_enabled', { param: 'model' });
    return model;
  }

  /** By the exact id, or by the id after one leading `databricks-`; disabled models too. */
  find(id: string): CatalogModel | null {
    return this.snapshot.find(id);
  }

  list(): readonly CatalogModel[] {
    return this.snapshot.models;
  }

  /** The models that are enabled and answer in one of the dialects, of those that the caller may call. */
  listCallable(dialects: readonly Dialect[], isOpen?: OpenModels): readonly CatalogModel[] {
    return this.list()
      .filter(({ enabled, callableDialects }) => enabled && dialects.some(dialect => callableDialects.has(dialect)))
      .filter(model => isOpen?.(model) ?? true);
  }

  /** What is said of an id that nothing has, with those among some models that are most like it. */
  unknown(idAsSent: string, models: readonly CatalogModel[]): string {
    const near = nearestIds(
      idAsSent,
      models.map(({ id }) => id),
    ).map(id => `"${id}"`);
    const or = near.length > 1 ? `${near.slice(0, -1).join(', ')} or ${near.at(-1)}` : near[0];
    return `unknown model "${quotable(idAsSent)}"${or === undefined ? '' : `. Did you mean ${or}?`}`;
  }

  /** `GET /v1/models` as its body: made once a snapshot, and anew only for a caller to whom some enabled model is shut. */
  modelsAnswer(isOpen?: OpenModels): Buffer {
    return this.snapshot.answerFor(isOpen);
  }

  /** One entry of `GET /v1/models`, under the name that was asked for where that is an alias; null for an unknown one. */
  card(id: string, isOpen?: OpenModels): object | null {
    return this.snapshot.card(id, isOpen);
  }

  private get snapshot(): CatalogSnapshot {
    return this.snapshots.current;
  }

  private async load(): Promise<CatalogSnapshot> {
    const [rows, aliases] = await Promise.all([this.repository.listModels(), this.repository.listAliases()]);
    return new CatalogSnapshot(
      rows.flatMap(row => this.read(row)),
      aliases,
      this.config.commonAliases,
    );
  }

  /** One damaged row must not hide every other change: its model stays as it was, or out of the catalog. */
  private read(row: StoredModel): CatalogModel[] {
    try {
      const { unpricedModels, openDialects } = this.config;
      const opened = openDialects ? TRANSLATED_DIALECTS : [];
      return [readCatalogRow(row, this.seeder.nativeDialects(row.id), unpricedModels, opened)];
    } catch (error) {
      this.log.error('a row of the catalog cannot be read', { model: row.id, cause: describeCause(error) });
      const before = this.snapshot.models.find(model => model.id === row.id);
      return before === undefined ? [] : [before];
    }
  }
}

function refusal(publicMessage: string): GatewayError {
  return new GatewayError('invalid_model', { publicMessage, param: 'model' });
}

/** As sent, but short and without characters that could act on a terminal or a log. */
function quotable(id: string): string {
  return id.slice(0, MAX_QUOTED_ID).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\uFFFD');
}
