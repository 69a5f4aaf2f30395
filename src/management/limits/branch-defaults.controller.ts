import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { AdminApi, AdminFailures } from '../control-plane/control-plane.decorator.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import { CurrentOperator } from '../control-plane/access/management.guard.js';
import {
  BranchDefault,
  BranchDefaultList,
  ListBranchDefaultsQuery,
  PutBranchDefaultBody,
} from './branch-default.dto.js';
import { BranchDefaultsService } from './branch-defaults.service.js';
import { ChangeLimitBody } from './limit.dto.js';

@AdminApi()
@Controller('admin/branch-defaults')
@Access('admin')
export class BranchDefaultsController {
  constructor(private readonly defaults: BranchDefaultsService) {}

  @Get()
  @ApiOperation({ summary: 'Lists the limits that new branches of a project get' })
  @ApiOkResponse({ type: BranchDefaultList })
  @AdminFailures(400, 404)
  async list(
    @CurrentOperator() operator: Operator,
    @Query() query: ListBranchDefaultsQuery,
  ): Promise<BranchDefaultList> {
    return this.defaults.list(operator, query);
  }

  @Put()
  @ApiOperation({ summary: 'Gives new branches of a project a limit, by the pattern of their names' })
  @ApiOkResponse({ type: BranchDefault })
  @AdminFailures(400, 404)
  put(@CurrentOperator() operator: Operator, @Body() body: PutBranchDefaultBody): Promise<BranchDefault> {
    return this.defaults.put(operator, body);
  }

  @Get(':default_id')
  @ApiOperation({ summary: 'Shows a default' })
  @ApiOkResponse({ type: BranchDefault })
  @AdminFailures(404)
  get(@CurrentOperator() operator: Operator, @Param('default_id', ObjectIdPipe) id: string): Promise<BranchDefault> {
    return this.defaults.get(operator, id);
  }

  @Patch(':default_id')
  @ApiOperation({ summary: 'Gives a default another value; branches keep the limits that it gave them' })
  @ApiOkResponse({ type: BranchDefault })
  @AdminFailures(400, 404)
  change(
    @CurrentOperator() operator: Operator,
    @Param('default_id', ObjectIdPipe) id: string,
    @Body() body: ChangeLimitBody,
  ): Promise<BranchDefault> {
    return this.defaults.change(operator, id, body);
  }

  @Delete(':default_id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Removes a default; branches keep the limits that it gave them' })
  @ApiNoContentResponse()
  @AdminFailures(404)
  delete(@CurrentOperator() operator: Operator, @Param('default_id', ObjectIdPipe) id: string): Promise<void> {
    return this.defaults.delete(operator, id);
  }
}
