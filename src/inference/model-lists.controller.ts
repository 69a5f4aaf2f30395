import { Controller, Get, Param, Req, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { CatalogService } from '../catalog/catalog.service.js';
import type { CatalogModel } from '../catalog/catalog.types.js';
import { AppConfig } from '../config/app-config.js';
import { ANTHROPIC_MESSAGES } from '../dialects/anthropic-messages/descriptor.js';
import type { DialectDescriptor, ListedModel, ModelList } from '../dialects/descriptor.js';
import { GEMINI } from '../dialects/gemini/descriptor.js';
import { OPENAI_RESPONSES } from '../dialects/openai-responses/descriptor.js';
import { GatewayError } from '../errors/gateway-error.js';
import { Access } from '../identity/access.js';
import { CredentialGuard } from '../identity/credential.guard.js';
import { LineageGuard } from '../identity/lineage.guard.js';
import { CredentialThrottlerGuard, type ThrottledRequest } from '../quota/credential-throttler.guard.js';
import { ownLimitHeaders } from './answer-headers.js';
import { DescribesModels } from './described/described.decorator.js';
import {
  AnthropicModel,
  AnthropicModelList,
  GeminiModel,
  GeminiModelList,
  OpenAiModelList,
} from './described/model-lists.dto.js';

/** The vendors' lists are paged; all of a catalog fits on one page of theirs. */
const MAX_PAGE = 1_000;

/** The path of one model. */
const below = ({ paths }: DialectDescriptor) => paths.models.map(path => `${path}/:id`);

/** The catalog in the shape that each vendor's SDK asks for: the models that its endpoint answers. */
@Controller()
@Access('inference')
@UseGuards(CredentialGuard, LineageGuard, CredentialThrottlerGuard)
export class ModelListsController {
  constructor(
    private readonly catalog: CatalogService,
    private readonly config: AppConfig,
  ) {}

  @Get([...ANTHROPIC_MESSAGES.paths.models])
  @DescribesModels({
    id: 'listAnthropicModels',
    summary: 'Lists the models that answer Anthropic Messages',
    family: 'anthropic',
    answer: AnthropicModelList,
  })
  listAnthropic(@Req() request: ThrottledRequest, @Res() response: Response): void {
    send(request, response, this.list(ANTHROPIC_MESSAGES));
  }

  @Get(below(ANTHROPIC_MESSAGES))
  @DescribesModels({
    id: 'getAnthropicModel',
    summary: 'Shows a model that answers Anthropic Messages',
    family: 'anthropic',
    answer: AnthropicModel,
    model: 'claude-sonnet-4-6',
  })
  getAnthropic(@Req() request: ThrottledRequest, @Res() response: Response, @Param('id') id: string): void {
    send(request, response, this.model(ANTHROPIC_MESSAGES, id));
  }

  @Get([...GEMINI.paths.models])
  @DescribesModels({
    id: 'listGeminiModels',
    summary: 'Lists the models that answer GenerateContent',
    family: 'gemini',
    answer: GeminiModelList,
  })
  listGemini(@Req() request: ThrottledRequest, @Res() response: Response): void {
    send(request, response, this.list(GEMINI));
  }

  @Get(below(GEMINI))
  @DescribesModels({
    id: 'getGeminiModel',
    summary: 'Shows a model that answers GenerateContent',
    family: 'gemini',
    answer: GeminiModel,
    model: 'gemini-2-5-flash',
  })
  getGemini(@Req() request: ThrottledRequest, @Res() response: Response, @Param('id') id: string): void {
    send(request, response, this.model(GEMINI, id));
  }

  /** The published gateway has no such route; an operator may open it (BOUGH_OPENAI_MODEL_LIST). */
  @Get([...OPENAI_RESPONSES.paths.models])
  @DescribesModels({
    id: 'listOpenAiModels',
    summary: 'Lists the models that answer OpenAI Responses; 404 unless an operator has opened it',
    answer: OpenAiModelList,
  })
  listOpenAi(@Req() request: ThrottledRequest, @Res() response: Response): void {
    if (!this.config.openAiModelList) throw new GatewayError('route_not_found');
    send(request, response, this.list(OPENAI_RESPONSES));
  }

  private list({ name, modelList }: DialectDescriptor): object {
    const models = this.catalog.list().filter(model => model.enabled && model.callableDialects.has(name));
    return listOf(modelList).all(models.slice(0, MAX_PAGE).map(listed));
  }

  private model({ name, modelList }: DialectDescriptor, id: string): object {
    const model = this.catalog.find(id);
    if (model === null || !model.enabled || !model.callableDialects.has(name)) throw new GatewayError('not_found');
    return listOf(modelList).one(listed(model));
  }
}

function listOf(list: ModelList | null): ModelList {
  if (list === null) throw new GatewayError('internal_error', { internal: 'the dialect has no list of its own' });
  return list;
}

function listed(model: CatalogModel): ListedModel {
  return { ...model, releasedAt: releasedAt(model) };
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
