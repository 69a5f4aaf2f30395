import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { ApiV2, ApiV2Failures } from '../control-plane/control-plane.decorator.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import { CurrentOperator } from '../control-plane/access/management.guard.js';
import { ListOperationsQuery, OperationAnswer, OperationList } from './operation.dto.js';
import { OperationsService } from './operations.service.js';

@ApiV2()
@Controller('api/v2/projects/:project_id/operations')
@Access('management')
export class OperationsController {
  constructor(private readonly operations: OperationsService) {}

  @Get()
  @ApiOperation({
    operationId: 'listProjectOperations',
    summary: 'Lists what was done to a project’s tree, newest first',
  })
  @ApiOkResponse({ type: OperationList })
  @ApiV2Failures(400, 404)
  list(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Query() query: ListOperationsQuery,
  ): Promise<OperationList> {
    return this.operations.list(operator, projectId, query);
  }

  @Get(':operation_id')
  @ApiOperation({ operationId: 'getProjectOperation', summary: 'Shows an operation' })
  @ApiOkResponse({ type: OperationAnswer })
  @ApiV2Failures(404)
  async get(
    @CurrentOperator() operator: Operator,
    @Param('project_id', ObjectIdPipe) projectId: string,
    @Param('operation_id', ObjectIdPipe) id: string,
  ): Promise<OperationAnswer> {
    return { operation: await this.operations.get(operator, projectId, id) };
  }
}
