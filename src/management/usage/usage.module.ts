import { Module } from '@nestjs/common';
import { MeteringModule } from '../../metering/metering.module.js';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { LiveUsageService } from './live-usage.service.js';
import { UsageReportRepository } from './usage-report.repository.js';
import { UsageReportService } from './usage-report.service.js';
import { UsageController } from './usage.controller.js';

/** What was used: sums, exports and records as they are settled. */
@Module({
  imports: [ControlPlaneModule, MeteringModule],
  controllers: [UsageController],
  providers: [LiveUsageService, UsageReportRepository, UsageReportService],
})
export class UsageModule {}
