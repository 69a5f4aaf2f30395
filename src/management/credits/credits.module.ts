import { Module } from '@nestjs/common';
import { CreditsModule } from '../../quota/credits/credits.module.js';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { OrganizationsModule } from '../organizations/organizations.module.js';
import { CreditAccountsService } from './credit-accounts.service.js';
import { CreditsController } from './credits.controller.js';

/** What organizations were given to spend. */
@Module({
  imports: [ControlPlaneModule, OrganizationsModule, CreditsModule],
  controllers: [CreditsController],
  providers: [CreditAccountsService],
})
export class CreditAccountsModule {}
