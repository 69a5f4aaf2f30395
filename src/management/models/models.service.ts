import { Injectable } from '@nestjs/common';
import { readPriceList } from '../../catalog/price-list.js';
import { pricingProblem } from '../../catalog/pricing-problem.js';
import { ChangeFeed } from '../../platform/change-feed.js';
import { byId, readPage } from '../control-plane/page.js';
import { conflict, invalidField, notFound, nothingToChange } from '../control-plane/refusals.js';
import { timestamp } from '../control-plane/notation.js';
import { isTaken } from '../control-plane/storage-failures.js';
import type { Model, ModelList } from './model-answer.dto.js';
import type { AddModelBody, ChangeModelBody, ListModelsQuery } from './model.dto.js';
import type { Pricing } from './pricing.dto.js';
import { type ModelColumns, type ModelRecord, ModelRepository } from './model.repository.js';

const CURSORS = byId<ModelRecord>('models');

/** What a model has where its maker says nothing. */
const DEFAULTS = {
  family: null,
  status: 'active',
  enabled: true,
  providerModelId: null,
  contextLength: null,
  maxInputTokens: null,
  maxOutputTokens: null,
  pricing: {},
  modalities: { input: ['text'], output: ['text'] },
  capabilities: {},
  openWeights: false,
  releaseDate: null,
  knowledgeCutoff: null,
  tokenizerLabel: '',
  notes: [],
  parameterPolicy: 'reject',
  aliases: [],
};

/** The catalog as administrators change it. Every replica follows before the change is answered, or a moment later. */
@Injectable()
export class ModelsService {
  constructor(
    private readonly repository: ModelRepository,
    private readonly feed: ChangeFeed,
  ) {}

  async list(query: ListModelsQuery): Promise<ModelList> {
    const { rows, next } = await readPage(query, CURSORS, (after, limit) => this.repository.list(query, after, limit));
    return { models: rows.map(viewModel), ...next };
  }

  /** @throws {GatewayError} not_found */
  async get(id: string): Promise<Model> {
    const model = await this.repository.find(id);
    if (model === null) throw notFound('model');
    return viewModel(model);
  }

  /** @throws {GatewayError} conflict when the id is taken */
  async add(body: AddModelBody): Promise<Model> {
    const { id, type, name, provider, dialects } = body;
    const given = columnsOf(body);
    checkPricing(body.pricing, type);
    await this.checkAliases(id, body.aliases);
    try {
      const model = { ownedBy: provider, ...DEFAULTS, ...given, id, type, name, provider, dialects };
      const added = await this.repository.add(model);
      await this.feed.publish('catalog', `model:${id}`);
      return viewModel(added);
    } catch (error) {
      throw isTaken(error) ? conflict('the catalog has a model of that id: change it instead', 'id') : error;
    }
  }

  async change(id: string, body: ChangeModelBody): Promise<Model> {
    const columns = columnsOf(body);
    const names = Object.keys(columns).map(columnName);
    if (names.length === 0) throw nothingToChange();
    if (body.pricing !== undefined) checkPricing(body.pricing, (await this.repository.find(id))?.type ?? 'chat');
    await this.checkAliases(id, body.aliases);
    const changed = await this.repository.change(id, columns, names);
    if (changed === null) throw notFound('model');
    await this.feed.publish('catalog', `model:${id}`);
    return viewModel(changed);
  }

  /** @throws {GatewayError} invalid_request or conflict: one name means one model */
  private async checkAliases(id: string, aliases: readonly string[] = []): Promise<void> {
    if (aliases.some(alias => !ALIAS.test(alias))) {
      throw invalidField('aliases', 'may hold only letters, digits and . _ : @ / -');
    }
    const taken = await this.repository.findName(id, aliases);
    if (taken !== null) throw conflict(`${taken} names another model already`, 'aliases');
  }
}

/** @throws {GatewayError} invalid_request for a pricing that leaves open what something costs */
export function checkPricing(pricing: Pricing | undefined, type: string): void {
  const problem = pricing === undefined ? null : pricingProblem(pricing, type);
  if (problem !== null) throw invalidField(problem.field, problem.sentence);
}

const ALIAS = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,199}$/;

/** The columns that a body gives, by their property names. What it leaves out is not among them. */
function columnsOf(body: ChangeModelBody | AddModelBody): Partial<ModelColumns> {
  const plain = JSON.parse(JSON.stringify(body)) as Record<string, unknown>;
  const columns = Object.entries(plain).map(([field, value]) => [propertyName(field), value] as const);
  return Object.fromEntries(columns.filter(([property]) => property !== 'id' && property !== 'type'));
}

function propertyName(column: string): string {
  return column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function columnName(property: string): string {
  return property.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}

/** What cannot be read as a price is none. */
function isPriced({ pricing, type }: ModelRecord): boolean {
  try {
    return readPriceList(pricing, type).published;
  } catch {
    return false;
  }
}

function viewModel(model: ModelRecord): Model {
  return {
    id: model.id,
    name: model.name,
    type: model.type,
    provider: model.provider,
    owned_by: model.ownedBy,
    family: model.family,
    status: model.status,
    enabled: model.enabled,
    dialects: [...model.dialects],
    provider_model_id: model.providerModelId,
    context_length: model.contextLength,
    max_input_tokens: model.maxInputTokens,
    max_output_tokens: model.maxOutputTokens,
    pricing: model.pricing,
    unpriced: !isPriced(model),
    price_version: model.priceVersion,
    modalities: model.modalities,
    capabilities: model.capabilities,
    open_weights: model.openWeights,
    release_date: model.releaseDate,
    knowledge_cutoff: model.knowledgeCutoff,
    tokenizer_label: model.tokenizerLabel,
    parameter_policy: model.parameterPolicy,
    aliases: [...model.aliases],
    notes: [...model.notes],
    source: model.source,
    changed_fields: [...model.changedFields],
    created_at: timestamp(model.createdAt),
    updated_at: timestamp(model.updatedAt),
  };
}
