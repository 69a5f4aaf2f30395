import { Module } from '@nestjs/common';
import { MeteringService } from './metering.service.js';
import { UsageFeed } from './usage-feed.js';
import { UsageRepository } from './usage.repository.js';

@Module({
  providers: [UsageRepository, MeteringService, UsageFeed],
  exports: [MeteringService, UsageFeed],
})
export class MeteringModule {}
