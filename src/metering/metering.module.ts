import { Module } from '@nestjs/common';
import { LedgerPartitionRepository } from './ledger-partition.repository.js';
import { LedgerSpan } from './ledger-span.js';
import { LedgerUpkeepService } from './ledger-upkeep.service.js';
import { MeteringService } from './metering.service.js';
import { PriceCorrectionRepository } from './price-correction.repository.js';
import { UsageFeed } from './usage-feed.js';
import { UsageJournal } from './usage-journal.js';
import { UsageReplayService } from './usage-replay.service.js';
import { UsageRepository } from './usage.repository.js';

@Module({
  providers: [
    LedgerPartitionRepository,
    LedgerSpan,
    LedgerUpkeepService,
    PriceCorrectionRepository,
    UsageRepository,
    MeteringService,
    UsageJournal,
    UsageReplayService,
    UsageFeed,
  ],
  exports: [LedgerSpan, MeteringService, PriceCorrectionRepository, UsageFeed],
})
export class MeteringModule {}
