import { modelCard } from './model-card.js';
import type { CatalogModel } from './catalog.types.js';

const UPSTREAM_PREFIX = 'databricks-';

/** The whole catalog at one moment. Never changed; a change makes another. */
export class CatalogSnapshot {
  private readonly byId: ReadonlyMap<string, CatalogModel>;
  readonly models: readonly CatalogModel[];
  /** The body of `GET /v1/models`, made once. */
  readonly modelsAnswer: Buffer;

  constructor(models: readonly CatalogModel[]) {
    this.models = Object.freeze([...models]);
    this.byId = new Map(models.map(model => [model.id, model]));
    this.modelsAnswer = Buffer.from(JSON.stringify(this.listCards()));
  }

  /** By the exact id, or by the id after one leading `databricks-`. */
  find(id: string): CatalogModel | null {
    const exact = this.byId.get(id);
    if (exact !== undefined) return exact;
    return id.startsWith(UPSTREAM_PREFIX) ? (this.byId.get(id.slice(UPSTREAM_PREFIX.length)) ?? null) : null;
  }

  listCards(): object {
    return { object: 'list', data: this.models.map(modelCard) };
  }
}
