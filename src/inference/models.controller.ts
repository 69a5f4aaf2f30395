import { Controller, Get, Req, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { CatalogService } from '../catalog/catalog.service.js';
import { Access } from '../identity/access.js';
import { CredentialGuard } from '../identity/credential.guard.js';
import { LineageGuard } from '../identity/lineage.guard.js';
import { CredentialThrottlerGuard, type ThrottledRequest } from '../quota/credential-throttler.guard.js';
import { DescribesModels } from './described/described.decorator.js';
import { ModelCardList } from './described/model-lists.dto.js';
import { ownLimitHeaders } from './answer-headers.js';

/** The catalog as a caller sees it (docs/contract.md section 11). */
@Controller()
@Access('inference')
@UseGuards(CredentialGuard, LineageGuard, CredentialThrottlerGuard)
export class ModelsController {
  constructor(private readonly catalog: CatalogService) {}

  @Get('v1/models')
  @DescribesModels({ id: 'listCatalog', summary: 'Lists the catalog as callers see it', answer: ModelCardList })
  list(@Req() request: ThrottledRequest, @Res() response: Response): void {
    const body = this.catalog.modelsAnswer();
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.setHeader('content-length', body.length);
    for (const [name, value] of ownLimitHeaders(request)) response.setHeader(name, value);
    response.end(body);
  }
}
