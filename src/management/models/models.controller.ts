import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { AdminApi, AdminFailures } from '../control-plane/control-plane.decorator.js';
import { ObjectIdPipe } from '../control-plane/requests/object-id.pipe.js';
import { PageQuery } from '../control-plane/page.dto.js';
import { CurrentOperator } from '../control-plane/access/operator.decorator.js';
import { Model, ModelList } from './model-answer.dto.js';
import { AddModelBody, ChangeModelBody, ListModelsQuery } from './model.dto.js';
import { ModelsService } from './models.service.js';
import { CorrectPriceBody, PriceCorrectionAnswer, PriceCorrectionList, PriceVersionList } from '../prices/price.dto.js';
import { PriceCorrectionsService } from '../prices/prices.service.js';

@AdminApi()
@Controller('admin/models')
@Access('organization-admin')
export class AdminModelsController {
  constructor(
    private readonly models: ModelsService,
    private readonly corrections: PriceCorrectionsService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Lists the catalog, in the order of the ids' })
  @ApiOkResponse({ type: ModelList })
  @AdminFailures(400)
  list(@Query() query: ListModelsQuery): Promise<ModelList> {
    return this.models.list(query);
  }

  @Get(':model_id')
  @ApiOperation({ summary: 'Shows a model' })
  @ApiOkResponse({ type: Model })
  @AdminFailures(404)
  get(@Param('model_id', ObjectIdPipe) id: string): Promise<Model> {
    return this.models.get(id);
  }

  @Post()
  @Access('installation-admin')
  @ApiOperation({ summary: 'Adds a model to the catalog' })
  @ApiCreatedResponse({ type: Model })
  @AdminFailures(400, 409)
  add(@Body() body: AddModelBody): Promise<Model> {
    return this.models.add(body);
  }

  @Patch(':model_id')
  @Access('installation-admin')
  @ApiOperation({ summary: 'Changes columns of a model; later releases leave these alone' })
  @ApiOkResponse({ type: Model })
  @AdminFailures(400, 404, 409)
  change(@Param('model_id', ObjectIdPipe) id: string, @Body() body: ChangeModelBody): Promise<Model> {
    return this.models.change(id, body);
  }

  @Get(':model_id/prices')
  @ApiOperation({ operationId: 'listModelPrices', summary: 'Lists every price that a model has had, newest first' })
  @ApiOkResponse({ type: PriceVersionList })
  @AdminFailures(400, 404)
  listPrices(@Param('model_id', ObjectIdPipe) id: string, @Query() query: PageQuery): Promise<PriceVersionList> {
    return this.models.listPrices(id, query);
  }

  @Get(':model_id/price-corrections')
  @ApiOperation({
    operationId: 'listPriceCorrections',
    summary: 'Lists the corrections of a model’s prices, with what each did to the organization',
  })
  @ApiOkResponse({ type: PriceCorrectionList })
  @AdminFailures(400, 404)
  listCorrections(
    @CurrentOperator() operator: Operator,
    @Param('model_id', ObjectIdPipe) id: string,
    @Query() query: PageQuery,
  ): Promise<PriceCorrectionList> {
    return this.corrections.list(operator, id, query);
  }

  @Post(':model_id/price-corrections')
  @Access('installation-admin')
  @ApiOperation({
    operationId: 'correctPrice',
    summary: 'Adjusts what requests of the past cost, without rewriting their records',
  })
  @ApiCreatedResponse({ type: PriceCorrectionAnswer })
  @AdminFailures(400, 404, 409)
  correct(
    @CurrentOperator() operator: Operator,
    @Param('model_id', ObjectIdPipe) id: string,
    @Body() body: CorrectPriceBody,
  ): Promise<PriceCorrectionAnswer> {
    return this.corrections.correct(operator, id, body);
  }
}
