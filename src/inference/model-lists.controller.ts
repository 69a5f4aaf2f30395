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
import { CredentialThrottlerGuard } from '../quota/credential-throttler.guard.js';
import { QuotaService } from '../quota/quota.service.js';
import { DescribesModels } from './described/described.decorator.js';
import {
  AnthropicModel,
  AnthropicModelList,
  GeminiModel,
  GeminiModelList,
  OpenAiModel,
  OpenAiModelList,
} from './described/model-lists.dto.js';
import { belowEach, type ListRequest, sendList } from './model-list-answer.js';

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
    private readonly quota: QuotaService,
  ) {}

  @Get([...ANTHROPIC_MESSAGES.paths.models])
  @DescribesModels({
    id: 'listAnthropicModels',
    summary: 'Lists the models that answer Anthropic Messages',
    family: 'anthropic',
    answer: AnthropicModelList,
  })
  listAnthropic(@Req() request: ListRequest, @Res() response: Response): void {
    this.list(ANTHROPIC_MESSAGES, request, response);
  }

  @Get(belowEach(ANTHROPIC_MESSAGES.paths.models))
  @DescribesModels({
    id: 'getAnthropicModel',
    summary: 'Shows a model that answers Anthropic Messages',
    family: 'anthropic',
    answer: AnthropicModel,
    model: 'claude-sonnet-4-6',
  })
  getAnthropic(@Req() request: ListRequest, @Res() response: Response, @Param('id') id: string): void {
    this.model(ANTHROPIC_MESSAGES, request, response, id);
  }

  @Get([...GEMINI.paths.models])
  @DescribesModels({
    id: 'listGeminiModels',
    summary: 'Lists the models that answer GenerateContent, and those that embed',
    family: 'gemini',
    answer: GeminiModelList,
  })
  listGemini(@Req() request: ListRequest, @Res() response: Response): void {
    this.list(GEMINI, request, response);
  }

  @Get(belowEach(GEMINI.paths.models))
  @DescribesModels({
    id: 'getGeminiModel',
    summary: 'Shows a model that answers GenerateContent, or that embeds',
    family: 'gemini',
    answer: GeminiModel,
    model: 'gemini-2-5-flash',
  })
  getGemini(@Req() request: ListRequest, @Res() response: Response, @Param('id') id: string): void {
    this.model(GEMINI, request, response, id);
  }

  /** The published gateway has no such route; an operator may open it (BOUGH_OPENAI_MODEL_LIST). */
  @Get([...OPENAI_RESPONSES.paths.models])
  @DescribesModels({
    id: 'listOpenAiModels',
    summary: 'Lists the models that answer OpenAI Responses; 404 unless an operator has opened it',
    answer: OpenAiModelList,
  })
  listOpenAi(@Req() request: ListRequest, @Res() response: Response): void {
    this.refuseUnlessOpened();
    this.list(OPENAI_RESPONSES, request, response);
  }

  @Get(belowEach(OPENAI_RESPONSES.paths.models))
  @DescribesModels({
    id: 'getOpenAiModel',
    summary: 'Shows a model that answers OpenAI Responses; 404 unless the list of them answers',
    answer: OpenAiModel,
    model: 'gpt-5-mini',
  })
  getOpenAi(@Req() request: ListRequest, @Res() response: Response, @Param('id') id: string): void {
    this.refuseUnlessOpened();
    this.model(OPENAI_RESPONSES, request, response, id);
  }

  private refuseUnlessOpened(): void {
    if (!this.config.openAiModelList) throw new GatewayError('route_not_found');
  }

  private list({ modelList }: DialectDescriptor, request: ListRequest, response: Response): void {
    const list = listOf(modelList);
    const models = this.catalog.listCallable(list.dialects, this.quota.openModels(request));
    send(request, response, list.all(models.slice(0, MAX_PAGE).map(listed)));
  }

  private model({ modelList }: DialectDescriptor, request: ListRequest, response: Response, id: string): void {
    const list = listOf(modelList);
    const models = this.catalog.listCallable(list.dialects, this.quota.openModels(request));
    const model = this.catalog.find(id);
    if (model === null || !models.includes(model)) {
      throw new GatewayError('not_found', { publicMessage: this.catalog.unknown(id, models), param: 'model' });
    }
    send(request, response, list.one(listed(model)));
  }
}

function listOf(list: ModelList | null): ModelList {
  if (list === null) throw new GatewayError('internal_error', { internal: 'the dialect has no list of its own' });
  return list;
}

function listed(model: CatalogModel): ListedModel {
  return { ...model, releasedAt: releasedAt(model), embeds: model.type === 'embedding' };
}

/** Seconds since 1970; 0 where the maker named no day. */
function releasedAt({ releaseDate }: CatalogModel): number {
  const time = releaseDate === null ? Number.NaN : Date.parse(releaseDate);
  return Number.isNaN(time) ? 0 : Math.floor(time / 1000);
}

function send(request: ListRequest, response: Response, value: object): void {
  sendList(request, response, Buffer.from(JSON.stringify(value)));
}
