import { Module } from '@nestjs/common';
import { ObjectViewsService } from '../control-plane/audit-trail/audited-object.js';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { ModelRepository } from './model.repository.js';
import { AdminModelsController } from './models.controller.js';
import { ModelsService } from './models.service.js';

export { AddModelBody } from './model.dto.js';
export { type ModelRecord, ModelRepository, type PriceRecord } from './model.repository.js';
export { ModelsService, checkPricing } from './models.service.js';
export { Pricing } from './pricing.dto.js';

/** The catalog, as administrators change it. */
@Module({
  imports: [ControlPlaneModule],
  controllers: [AdminModelsController],
  providers: [ModelRepository, ModelsService],
  exports: [ModelRepository, ModelsService],
})
export class ModelsModule {
  constructor(views: ObjectViewsService, models: ModelsService) {
    views.register('model', { byId: ({ id }) => models.get(id) });
  }
}
