import { Module } from '@nestjs/common';
import { CreditRepository } from './credit.repository.js';
import { CreditsService } from './credits.service.js';

@Module({
  providers: [CreditRepository, CreditsService],
  exports: [CreditRepository, CreditsService],
})
export class CreditsModule {}
