import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { CurrentOperator } from '../control-plane/access/management.guard.js';
import { ApiV2, ApiV2Failures } from '../control-plane/control-plane.decorator.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import { LogFields, LogFieldValues, LogFieldValuesQuery, LogPage, LogsQuery } from './branch-logs.dto.js';
import { BranchLogsService } from './branch-logs.service.js';

/** The requests of a branch as records of a log, for the published clients. */
@ApiV2()
@Controller('api/v2/projects/:project_id/branches/:branch_id/logs')
@Access('management-reading')
export class BranchLogsController {
  constructor(private readonly logs: BranchLogsService) {}

  @Post('query')
  @HttpCode(200)
  @ApiOperation({ operationId: 'queryProjectBranchLogs', summary: 'Lists the requests of a branch as log records' })
  @ApiOkResponse({ type: LogPage })
  @ApiV2Failures(400, 404)
  query(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
    @Body() query: LogsQuery,
  ): Promise<LogPage> {
    return this.logs.query(operator, { projectId, branchId }, query);
  }

  @Get('fields')
  @ApiOperation({ operationId: 'listProjectBranchLogFields', summary: 'Lists the fields whose values can be listed' })
  @ApiOkResponse({ type: LogFields })
  @ApiV2Failures(404)
  fields(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
  ): Promise<LogFields> {
    return this.logs.fields(operator, { projectId, branchId });
  }

  @Get('fields/:field_name/values')
  @ApiOperation({ operationId: 'listProjectBranchLogFieldValues', summary: 'Lists the values that a field had' })
  @ApiOkResponse({ type: LogFieldValues })
  @ApiV2Failures(400, 404)
  values(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('branch_id', ObjectIdPipe) branchId: string,
    @Param('field_name') field: string,
    @Query() query: LogFieldValuesQuery,
  ): Promise<LogFieldValues> {
    return this.logs.values(operator, { projectId, branchId }, field, query);
  }
}
