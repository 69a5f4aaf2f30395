import { Module } from '@nestjs/common';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { ModelsModule } from '../models/models.module.js';
import { UpstreamsModule } from '../upstreams/upstreams.module.js';
import { ConfigurationController } from './configuration.controller.js';
import { ConfigurationRepository } from './configuration.repository.js';
import { ConfigurationService } from './configuration.service.js';
import { ConfiguredLimitsService } from './configured-limits.service.js';
import { ConfiguredModelsService } from './configured-models.service.js';
import { ConfiguredUpstreamsService } from './configured-upstreams.service.js';

/** Catalog, upstreams, routes and limits as one document. */
@Module({
  imports: [ControlPlaneModule, LimitsModule, ModelsModule, UpstreamsModule],
  controllers: [ConfigurationController],
  providers: [
    ConfigurationRepository,
    ConfigurationService,
    ConfiguredLimitsService,
    ConfiguredModelsService,
    ConfiguredUpstreamsService,
  ],
})
export class ConfigurationModule {}
