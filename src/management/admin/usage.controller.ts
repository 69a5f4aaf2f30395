import { Controller, Get, type MessageEvent, Query, Sse } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { AdminApi, AdminFailures } from '../control-plane.decorator.js';
import { CurrentOperator } from '../operator.decorator.js';
import { LiveUsageService } from './live-usage.service.js';
import { UsageReportService } from './usage-report.service.js';
import { UsageQuery, UsageReport } from './usage.dto.js';

/** Reading what one's own organization has used changes nothing: every role may. */
@AdminApi()
@Controller('admin/usage')
@Access('management')
export class UsageController {
  constructor(
    private readonly reports: UsageReportService,
    private readonly live: LiveUsageService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Adds up requests, tokens and cost' })
  @ApiOkResponse({ type: UsageReport })
  @AdminFailures(400)
  report(@CurrentOperator() operator: Operator, @Query() query: UsageQuery): Promise<UsageReport> {
    return this.reports.report(operator, query);
  }

  @Sse('live')
  @ApiOperation({ summary: 'Usage records as they are settled on this replica, as server-sent events' })
  @ApiProduces('text/event-stream')
  watch(@CurrentOperator() operator: Operator): Observable<MessageEvent> {
    return this.live.watch(operator);
  }
}
