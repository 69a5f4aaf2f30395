import { Module } from '@nestjs/common';
import { MeteringModule } from '../../metering/metering.module.js';
import { CreditsModule } from '../../quota/credits/credits.module.js';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { ModelsModule } from '../models/models.module.js';
import { PricesController } from './prices.controller.js';
import { PricesService } from './prices.service.js';

/** Every price that a model has had, and corrections of what was charged. */
@Module({
  imports: [ControlPlaneModule, ModelsModule, MeteringModule, CreditsModule],
  controllers: [PricesController],
  providers: [PricesService],
})
export class PricesModule {}
