import type { Writable } from 'node:stream';
import { Controller, Get, Headers, type MessageEvent, Query, Sse, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { AdminApi, AdminFailures, ApiOkRows } from '../control-plane/control-plane.decorator.js';
import { CurrentOperator, MayStay } from '../control-plane/access/management.guard.js';
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
  @ApiOperation({ operationId: 'getUsage', summary: 'Adds up requests, tokens and cost' })
  @ApiOkRows(UsageReport)
  @AdminFailures(400, 404)
  async report(
    @CurrentOperator() operator: Operator,
    @Query() query: UsageQuery,
    @Headers('accept') accept = '',
  ): Promise<UsageReport | StreamableFile> {
    const { format = /\btext\/csv\b/i.test(accept) ? 'csv' : 'json' } = query;
    if (format === 'json') return this.reports.report(operator, query);
    const file = new StreamableFile(await this.reports.export(operator, query), {
      type: 'text/csv; charset=utf-8; header=present',
      disposition: 'attachment; filename="usage.csv"',
    });
    // Half a file that ends well would pass for the whole.
    return file.setErrorHandler((_, response) => void (response as unknown as Writable).destroy());
  }

  @Sse('live')
  @ApiOperation({
    operationId: 'watchUsage',
    summary: 'Usage records as they are settled on this replica, as server-sent events',
  })
  @ApiOkResponse({
    description: 'a record an event',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  watch(@CurrentOperator() operator: Operator, @MayStay() mayStay: () => Promise<boolean>): Observable<MessageEvent> {
    return this.live.watch(operator, mayStay);
  }
}
