import { commonAliases, type ModelAlias, withoutDate } from './common-aliases.js';
import type { CatalogModel } from './catalog.types.js';
import { modelCard } from './model-card.js';

const UPSTREAM_PREFIX = 'databricks-';

/** The whole catalog at one moment. Never changed; a change makes another. */
export class CatalogSnapshot {
  private readonly byId: ReadonlyMap<string, CatalogModel>;
  private readonly byAlias: ReadonlyMap<string, CatalogModel>;
  readonly models: readonly CatalogModel[];
  /** The body of `GET /v1/models`, made once. */
  readonly modelsAnswer: Buffer;

  /** @param common whether ids are understood as other tools write them */
  constructor(
    models: readonly CatalogModel[],
    aliases: readonly ModelAlias[] = [],
    private readonly common = false,
  ) {
    this.models = Object.freeze([...models]);
    this.byId = new Map(models.map(model => [model.id, model]));
    this.byAlias = this.readAliases([...(common ? commonAliases(models) : []), ...aliases]);
    this.modelsAnswer = Buffer.from(JSON.stringify(this.listCards()));
  }

  /** By the exact id, by the id after one leading `databricks-`, or by an alias. */
  find(id: string): CatalogModel | null {
    const exact = this.byId.get(id);
    if (exact !== undefined) return exact;
    const short = id.startsWith(UPSTREAM_PREFIX) ? this.byId.get(id.slice(UPSTREAM_PREFIX.length)) : undefined;
    return short ?? this.byAlias.get(id) ?? (this.common ? this.findUndated(id) : null);
  }

  listCards(): object {
    const aliases = [...this.byAlias].map(([alias, model]) => ({ ...modelCard(model), id: alias }));
    return { object: 'list', data: [...this.models.map(modelCard), ...aliases] };
  }

  /** `claude-sonnet-4-6-20260101`: a maker's snapshot of a day, of which the catalog knows the model only. */
  private findUndated(id: string): CatalogModel | null {
    const undated = withoutDate(id);
    return undated === null ? null : (this.byId.get(undated) ?? this.byAlias.get(undated) ?? null);
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
