import type { Writable } from 'node:stream';
import { Controller, Get, Headers, Query, StreamableFile } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { AdminApi, AdminFailures, ApiOkRows } from '../control-plane/control-plane.decorator.js';
import { CurrentOperator } from '../control-plane/access/management.guard.js';
import { AuditPage, AuditQuery } from './audit.dto.js';
import { AuditReportService } from './audit-report.service.js';

@AdminApi()
@Controller('admin/audit')
@Access('admin')
export class AuditController {
  constructor(private readonly reports: AuditReportService) {}

  @Get()
  @ApiOperation({ operationId: 'listAuditEntries', summary: 'Lists who changed what, newest first' })
  @ApiOkRows(AuditPage)
  @AdminFailures(400)
  async list(
    @CurrentOperator() operator: Operator,
    @Query() query: AuditQuery,
    @Headers('accept') accept = '',
  ): Promise<AuditPage | StreamableFile> {
    const { format = /\btext\/csv\b/i.test(accept) ? 'csv' : 'json' } = query;
    if (format === 'json') return this.reports.list(operator, query);
    const file = new StreamableFile(await this.reports.export(operator, query), {
      type: 'text/csv; charset=utf-8; header=present',
      disposition: 'attachment; filename="audit.csv"',
    });
    // Half a file that ends well would pass for the whole.
    return file.setErrorHandler((_, response) => void (response as unknown as Writable).destroy());
  }
}
