import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { CurrentOperator } from '../control-plane/access/management.guard.js';
import { AdminApi, AdminFailures, ApiOkRows } from '../control-plane/control-plane.decorator.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import { OutcomeReport, OutcomesQuery } from './outcomes.dto.js';
import { OutcomesService } from './outcomes.service.js';
import { RequestDetailView, RequestList, RequestsQuery } from './requests.dto.js';
import { RequestsService } from './requests.service.js';

/** Reading what became of one's own requests changes nothing: every role may. */
@AdminApi()
@Controller('admin/requests')
@Access('management')
export class RequestsController {
  constructor(
    private readonly requests: RequestsService,
    private readonly outcomes: OutcomesService,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listRequests', summary: 'Lists requests, refused ones included, newest first' })
  @ApiOkRows(RequestList)
  @AdminFailures(400, 404)
  list(@CurrentOperator() operator: Operator, @Query() query: RequestsQuery): Promise<RequestList> {
    return this.requests.list(operator, query);
  }

  @Get('outcomes')
  @ApiOperation({ operationId: 'getRequestOutcomes', summary: 'Counts how requests ended, and how long they took' })
  @ApiOkResponse({ type: OutcomeReport })
  @AdminFailures(400, 404)
  count(@CurrentOperator() operator: Operator, @Query() query: OutcomesQuery): Promise<OutcomeReport> {
    return this.outcomes.report(operator, query);
  }

  @Get(':request_id')
  @ApiOperation({ operationId: 'getRequest', summary: 'Tells what became of a request, and why' })
  @ApiOkResponse({ type: RequestDetailView })
  @AdminFailures(404)
  show(
    @CurrentOperator() operator: Operator,
    @Param('request_id', ObjectIdPipe) requestId: string,
  ): Promise<RequestDetailView> {
    return this.requests.show(operator, requestId);
  }
}
