import { Module } from '@nestjs/common';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { AuditReportService } from './audit-report.service.js';
import { AuditController } from './audit.controller.js';

/** Who changed what, to read. */
@Module({
  imports: [ControlPlaneModule],
  controllers: [AuditController],
  providers: [AuditReportService],
})
export class AuditModule {}
