import { commonAliases, type ModelAlias, withoutRelease } from './common-aliases.js';
import type { CatalogModel } from './catalog.types.js';
import { modelCard } from './model-card.js';

const UPSTREAM_PREFIX = 'databricks-';

/** Whether a caller may call a model; asked of those that are enabled too. */
export type OpenModels = (model: CatalogModel) => boolean;

const everyOne: OpenModels = () => true;

/** The whole catalog at one moment. Never changed; a change makes another. */
export class CatalogSnapshot {
  private readonly byId: ReadonlyMap<string, CatalogModel>;
  private readonly listedAliases: ReadonlyMap<string, CatalogModel>;
  private readonly byAlias: ReadonlyMap<string, CatalogModel>;
  readonly models: readonly CatalogModel[];
  /** The body of `GET /v1/models` for a caller to whom every enabled model is open, made once. */
  private readonly openAnswer: Buffer;

  /** @param common whether ids are understood as other tools write them */
  constructor(
    models: readonly CatalogModel[],
    aliases: readonly ModelAlias[] = [],
    private readonly common = false,
  ) {
    this.models = Object.freeze([...models]);
    this.byId = new Map(models.map(model => [model.id, model]));
    this.listedAliases = this.readAliases(aliases);
    this.byAlias = new Map([...this.readAliases(common ? commonAliases(models) : []), ...this.listedAliases]);
    this.openAnswer = Buffer.from(JSON.stringify(this.listCards()));
  }

  /** By the exact id, by the id after one leading `databricks-`, or by an alias. */
  find(id: string): CatalogModel | null {
    const exact = this.byId.get(id);
    if (exact !== undefined) return exact;
    const short = id.startsWith(UPSTREAM_PREFIX) ? this.byId.get(id.slice(UPSTREAM_PREFIX.length)) : undefined;
    return short ?? this.byAlias.get(id) ?? (this.common ? this.findRelease(id) : null);
  }

  /** The body of `GET /v1/models`. */
  answerFor(isOpen: OpenModels = everyOne): Buffer {
    if (this.models.every(model => !model.enabled || isOpen(model))) return this.openAnswer;
    return Buffer.from(JSON.stringify(this.listCards(isOpen)));
  }

  /** The entry of one model, by any name that it answers to; null for none. */
  card(id: string, isOpen: OpenModels = everyOne): object | null {
    const model = this.find(id);
    return model === null ? null : { ...modelCard(model, isOpen(model)), id };
  }

  /** @param isOpen whether this caller may call a model that is enabled; without it every one counts as open */
  listCards(isOpen: OpenModels = everyOne): object {
    const aliases = [...this.listedAliases].map(([alias, model]) => ({
      ...modelCard(model, isOpen(model)),
      id: alias,
    }));
    return { object: 'list', data: [...this.models.map(model => modelCard(model, isOpen(model))), ...aliases] };
  }

  /** `claude-sonnet-4-6-20260101`, `gemini-3.1-pro-preview`: a maker's release, of which the catalog knows the model only. */
  private findRelease(id: string): CatalogModel | null {
    const name = withoutRelease(id);
    return name === null ? null : (this.byId.get(name) ?? this.byAlias.get(name) ?? null);
  }

  /** An alias never hides a model, and one that leads nowhere is none. */
  private readAliases(aliases: readonly ModelAlias[]): Map<string, CatalogModel> {
    const found = new Map<string, CatalogModel>();
    for (const { alias, modelId } of aliases) {
      const model = this.byId.get(modelId);
      if (model !== undefined && !this.byId.has(alias)) found.set(alias, model);
    }
    return found;
  }
}
