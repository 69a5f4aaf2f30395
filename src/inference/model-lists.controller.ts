import { Controller, Get, Param, Req, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import type { CatalogModel } from '../catalog/catalog.types.js';
import { CatalogService } from '../catalog/catalog.service.js';
import { AppConfig } from '../config/app-config.js';
import type { Dialect } from '../dialects/dialect.js';
import { GatewayError } from '../errors/gateway-error.js';
import { Access } from '../identity/access.js';
import { CredentialGuard } from '../identity/credential.guard.js';
import { LineageGuard } from '../identity/lineage.guard.js';
import { CredentialThrottlerGuard, type ThrottledRequest } from '../quota/credential-throttler.guard.js';
import { DescribesModels } from './described/described.decorator.js';
import {
  AnthropicModel,
  AnthropicModelList,
  GeminiModel,
  GeminiModelList,
  OpenAiModelList,
} from './described/model-lists.dto.js';
import { ownLimitHeaders } from './answer-headers.js';

/** The vendors' lists are paged; all of a catalog fits on one page of theirs. */
const MAX_PAGE = 1_000;

/** The catalog in the shape that each vendor's SDK asks for: the models that its endpoint answers. */
@Controller()
@Access('inference')
@UseGuards(CredentialGuard, LineageGuard, CredentialThrottlerGuard)
export class ModelListsController {
  constructor(
    private readonly catalog: CatalogService,
    private readonly config: AppConfig,
  ) {}

  @Get(['anthropic/v1/models', 'ai-gateway/anthropic/v1/models'])
  @DescribesModels({
    id: 'listAnthropicModels',
    summary: 'Lists the models that answer Anthropic Messages',
    family: 'anthropic',
    answer: AnthropicModelList,
  })
  listAnthropic(@Req() request: ThrottledRequest, @Res() response: Response): void {
    const data = this.models('anthropic_messages').map(anthropicModel);
    const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
    send(request, response, { data, has_more: false, ...ends });
  }

  @Get(['anthropic/v1/models/:id', 'ai-gateway/anthropic/v1/models/:id'])
  @DescribesModels({
    id: 'getAnthropicModel',
    summary: 'Shows a model that answers Anthropic Messages',
    family: 'anthropic',
    answer: AnthropicModel,
    model: 'claude-sonnet-4-6',
  })
  getAnthropic(@Req() request: ThrottledRequest, @Res() response: Response, @Param('id') id: string): void {
    send(request, response, anthropicModel(this.model(id, 'anthropic_messages')));
  }

  @Get(
    ['gemini', 'v1/gemini', 'ai-gateway/gemini'].flatMap(prefix => [`${prefix}/v1beta/models`, `${prefix}/v1/models`]),
  )
  @DescribesModels({
    id: 'listGeminiModels',
    summary: 'Lists the models that answer GenerateContent',
    family: 'gemini',
    answer: GeminiModelList,
  })
  listGemini(@Req() request: ThrottledRequest, @Res() response: Response): void {
    send(request, response, { models: this.models('gemini_generate_content').map(geminiModel) });
  }

  @Get(
    ['gemini', 'v1/gemini', 'ai-gateway/gemini'].flatMap(prefix => [
      `${prefix}/v1beta/models/:id`,
      `${prefix}/v1/models/:id`,
    ]),
  )
  @DescribesModels({
    id: 'getGeminiModel',
    summary: 'Shows a model that answers GenerateContent',
    family: 'gemini',
    answer: GeminiModel,
    model: 'gemini-2-5-flash',
  })
  getGemini(@Req() request: ThrottledRequest, @Res() response: Response, @Param('id') id: string): void {
    send(request, response, geminiModel(this.model(id, 'gemini_generate_content')));
  }

  /** The published gateway has no such route; an operator may open it (BOUGH_OPENAI_MODEL_LIST). */
  @Get(['openai/v1/models', 'ai-gateway/openai/v1/models'])
  @DescribesModels({
    id: 'listOpenAiModels',
    summary: 'Lists the models that answer OpenAI Responses; 404 unless an operator has opened it',
    answer: OpenAiModelList,
  })
  listOpenAi(@Req() request: ThrottledRequest, @Res() response: Response): void {
    if (!this.config.openAiModelList) throw new GatewayError('route_not_found');
    const data = this.models('openai_responses').map(model => ({
      id: model.id,
      object: 'model',
      created: releasedAt(model),
      owned_by: model.ownedBy,
    }));
    send(request, response, { object: 'list', data });
  }

  private models(dialect: Dialect): CatalogModel[] {
    return this.catalog
      .list()
      .filter(model => model.enabled && model.dialects.has(dialect))
      .slice(0, MAX_PAGE);
  }

  private model(id: string, dialect: Dialect): CatalogModel {
    const model = this.catalog.find(id);
    if (model === null || !model.enabled || !model.dialects.has(dialect)) throw new GatewayError('not_found');
    return model;
  }
}

function anthropicModel(model: CatalogModel) {
  return {
    type: 'model',
    id: model.id,
    display_name: model.name,
    created_at: new Date(releasedAt(model) * 1000).toISOString(),
    max_input_tokens: model.contextLength,
    max_tokens: model.maxOutputTokens,
  };
}

function geminiModel(model: CatalogModel) {
  return {
    name: `models/${model.id}`,
    baseModelId: model.id,
    version: model.id,
    displayName: model.name,
    description: '',
    ...(model.contextLength === null ? {} : { inputTokenLimit: model.contextLength }),
    ...(model.maxOutputTokens === null ? {} : { outputTokenLimit: model.maxOutputTokens }),
    supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
  };
}

/** Seconds since 1970; 0 where the maker named no day. */
function releasedAt({ releaseDate }: CatalogModel): number {
  const time = releaseDate === null ? Number.NaN : Date.parse(releaseDate);
  return Number.isNaN(time) ? 0 : Math.floor(time / 1000);
}

function send(request: ThrottledRequest, response: Response, value: object): void {
  const body = JSON.stringify(value);
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.setHeader('content-length', Buffer.byteLength(body));
  for (const [name, text] of ownLimitHeaders(request)) response.setHeader(name, text);
  response.end(body);
}
