import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { type AddModelBody, ModelsService } from '../models/models.module.js';
import { invalidField } from '../control-plane/refusals.js';
import type { ConfigurationChange } from './configuration.dto.js';
import { at, everyRow, refuseTwins } from './places.js';

/** What is ours to tell, and nobody's to set. */
const OURS = new Set(['unpriced', 'price_version', 'source', 'changed_fields', 'created_at', 'updated_at']);
const PAGE = 1_000;

@Injectable()
export class ConfiguredModelsService {
  constructor(private readonly models: ModelsService) {}

  async list(): Promise<AddModelBody[]> {
    const rows = await everyRow(async cursor => {
      const { models, pagination } = await this.models.list({
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { rows: models, cursor: pagination?.cursor };
    });
    return rows.map(model => {
      const kept = Object.entries(model).filter(([field]) => !OURS.has(field));
      return Object.fromEntries(kept) as unknown as AddModelBody;
    });
  }

  async apply(wanted: readonly AddModelBody[]): Promise<ConfigurationChange[]> {
    refuseTwins(
      'models',
      wanted.map(({ id }) => id),
    );
    const known = new Map((await this.list()).map(model => [model.id, model]));
    const changes: ConfigurationChange[] = [];
    for (const [index, body] of wanted.entries()) {
      const change = await at(`models.${index}`, () => this.write(body, known.get(body.id)));
      if (change !== null) changes.push(change);
    }
    return changes;
  }

  private async write(body: AddModelBody, known: AddModelBody | undefined): Promise<ConfigurationChange | null> {
    const { id, type, ...columns } = plainly(body);
    if (known === undefined) {
      await this.models.add(body);
      return { action: 'create', kind: 'model', id, fields: Object.keys(columns) };
    }
    if (type !== known.type)
      throw invalidField('type', `is ${known.type} and cannot change: give the model another id`);
    const current = plainly(known) as unknown as Record<string, unknown>;
    const changed = Object.entries(columns).filter(([field, value]) => !isDeepStrictEqual(value, current[field]));
    if (changed.length === 0) return null;
    await this.models.change(id, Object.fromEntries(changed));
    return { action: 'update', kind: 'model', id, fields: changed.map(([field]) => field) };
  }
}

/** Without the classes and the fields that were not given. */
function plainly(model: AddModelBody): AddModelBody {
  return JSON.parse(JSON.stringify(model)) as AddModelBody;
}
