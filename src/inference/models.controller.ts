import { Controller, Get, Param, Req, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { CatalogService } from '../catalog/catalog.service.js';
import { CHAT_COMPLETIONS } from '../dialects/chat-completions/descriptor.js';
import { GatewayError } from '../errors/gateway-error.js';
import { Access } from '../identity/access.js';
import { CredentialGuard } from '../identity/credential.guard.js';
import { LineageGuard } from '../identity/lineage.guard.js';
import { CredentialThrottlerGuard } from '../quota/credential-throttler.guard.js';
import { QuotaService } from '../quota/quota.service.js';
import { DescribesModels } from './described/described.decorator.js';
import { ModelCard, ModelCardList } from './described/model-lists.dto.js';
import { belowEach, type ListRequest, sendList } from './model-list-answer.js';

const PATHS = CHAT_COMPLETIONS.paths.models;

/** The catalog as a caller sees it (docs/contract.md section 11), at both base URLs of OpenAI's SDK. */
@Controller()
@Access('inference')
@UseGuards(CredentialGuard, LineageGuard, CredentialThrottlerGuard)
export class ModelsController {
  constructor(
    private readonly catalog: CatalogService,
    private readonly quota: QuotaService,
  ) {}

  @Get([...PATHS])
  @DescribesModels({ id: 'listCatalog', summary: 'Lists the catalog as callers see it', answer: ModelCardList })
  list(@Req() request: ListRequest, @Res() response: Response): void {
    sendList(request, response, this.catalog.modelsAnswer(this.quota.openModels(request)));
  }

  @Get(belowEach(PATHS))
  @DescribesModels({
    id: 'getCatalogModel',
    summary: 'Shows one model of the catalog, by any of its names',
    answer: ModelCard,
    model: 'gpt-5-mini',
  })
  show(@Req() request: ListRequest, @Res() response: Response, @Param('id') id: string): void {
    const isOpen = this.quota.openModels(request);
    const card = this.catalog.card(id, isOpen);
    if (card === null) {
      const publicMessage = this.catalog.unknown(id, this.catalog.list().filter(isOpen));
      throw new GatewayError('not_found', { publicMessage, param: 'model' });
    }
    sendList(request, response, Buffer.from(JSON.stringify(card)));
  }
}
