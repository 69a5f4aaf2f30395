import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { AdminApi, AdminFailures } from '../control-plane/control-plane.decorator.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import { CurrentOperator } from '../control-plane/access/management.guard.js';
import {
  ChangeLimitBody,
  EffectiveLimits,
  EffectiveLimitsQuery,
  Limit,
  LimitList,
  ListLimitsQuery,
  PutLimitBody,
} from './limit.dto.js';
import { EffectiveLimitsService } from './effective-limits.service.js';
import { LimitsService } from './limits.service.js';

@AdminApi()
@Controller('admin/limits')
@Access('admin')
export class LimitsController {
  constructor(
    private readonly limits: LimitsService,
    private readonly effective: EffectiveLimitsService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Lists the limits of the organization and of what it has' })
  @ApiOkResponse({ type: LimitList })
  @AdminFailures(400)
  list(@CurrentOperator() operator: Operator, @Query() query: ListLimitsQuery): Promise<LimitList> {
    return this.limits.list(operator, query);
  }

  @Get('effective')
  @ApiOperation({
    operationId: 'listEffectiveLimits',
    summary: 'Lists every limit and block in force for requests on a branch, and what is left',
  })
  @ApiOkResponse({ type: EffectiveLimits })
  @AdminFailures(400, 404)
  show(@CurrentOperator() operator: Operator, @Query() query: EffectiveLimitsQuery): Promise<EffectiveLimits> {
    return this.effective.show(operator, query);
  }

  @Put()
  @ApiOperation({ summary: 'Sets the limit of a scope, model and kind' })
  @ApiOkResponse({ type: Limit })
  @AdminFailures(400, 404)
  put(@CurrentOperator() operator: Operator, @Body() body: PutLimitBody): Promise<Limit> {
    return this.limits.put(operator, body);
  }

  @Get(':limit_id')
  @ApiOperation({ summary: 'Shows a limit' })
  @ApiOkResponse({ type: Limit })
  @AdminFailures(404)
  get(@CurrentOperator() operator: Operator, @Param('limit_id', ObjectIdPipe) id: string): Promise<Limit> {
    return this.limits.get(operator, id);
  }

  @Patch(':limit_id')
  @ApiOperation({ summary: 'Gives a limit another value' })
  @ApiOkResponse({ type: Limit })
  @AdminFailures(400, 404)
  change(
    @CurrentOperator() operator: Operator,
    @Param('limit_id', ObjectIdPipe) id: string,
    @Body() body: ChangeLimitBody,
  ): Promise<Limit> {
    return this.limits.change(operator, id, body);
  }

  @Delete(':limit_id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Removes a limit; an account’s default holds again' })
  @ApiNoContentResponse()
  @AdminFailures(404)
  delete(@CurrentOperator() operator: Operator, @Param('limit_id', ObjectIdPipe) id: string): Promise<void> {
    return this.limits.delete(operator, id);
  }
}
