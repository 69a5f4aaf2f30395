import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { CurrentOperator } from '../control-plane/access/management.guard.js';
import { AdminApi, AdminFailures } from '../control-plane/control-plane.decorator.js';
import { PageQuery } from '../control-plane/page.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import { CorrectPriceBody, PriceCorrectionAnswer, PriceCorrectionList, PriceVersionList } from './price.dto.js';
import { PricesService } from './prices.service.js';

@AdminApi()
@Controller('admin/models/:model_id')
@Access('organization-admin')
export class PricesController {
  constructor(private readonly prices: PricesService) {}

  @Get('prices')
  @ApiOperation({ operationId: 'listModelPrices', summary: 'Lists every price that a model has had, newest first' })
  @ApiOkResponse({ type: PriceVersionList })
  @AdminFailures(400, 404)
  listPrices(@Param('model_id', ObjectIdPipe) id: string, @Query() query: PageQuery): Promise<PriceVersionList> {
    return this.prices.list(id, query);
  }

  @Get('price-corrections')
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
    return this.prices.listCorrections(operator, id, query);
  }

  @Post('price-corrections')
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
    return this.prices.correct(operator, id, body);
  }
}
