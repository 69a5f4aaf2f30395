import { Module } from '@nestjs/common';
import { QuotaRepository } from '../../quota/quota.repository.js';
import { isTexts, ObjectViewsService } from '../control-plane/audit-trail/audited-object.js';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { ModelsModule } from '../models/models.module.js';
import { BranchDefaultRepository } from './branch-default.repository.js';
import { BranchDefaultsController } from './branch-defaults.controller.js';
import { BranchDefaultsService } from './branch-defaults.service.js';
import { EffectiveLimitRepository } from './effective-limit.repository.js';
import { EffectiveLimitsService } from './effective-limits.service.js';
import { LimitRepository } from './limit.repository.js';
import { LimitsController } from './limits.controller.js';
import { LimitsService } from './limits.service.js';

export { readLimitValue } from './limit-value.js';
export { type Limit, PutLimitBody } from './limit.dto.js';
export { LimitsService } from './limits.service.js';

/** Caps, those that new branches get, and all that hold for a branch. */
@Module({
  imports: [ControlPlaneModule, ModelsModule],
  controllers: [BranchDefaultsController, LimitsController],
  providers: [
    BranchDefaultRepository,
    BranchDefaultsService,
    EffectiveLimitRepository,
    EffectiveLimitsService,
    LimitRepository,
    LimitsService,
    QuotaRepository,
  ],
  exports: [LimitsService],
})
export class LimitsModule {
  constructor(views: ObjectViewsService, limits: LimitsService, defaults: BranchDefaultsService) {
    views.register('limit', {
      byId: ({ operator, id }) => limits.get(operator, id),
      byBody: async ({ operator, body }) => {
        const { scope_type: scopeType, scope_id: scopeId, kind, model: modelId = '' } = body;
        const key = { scopeType, scopeId, kind, modelId };
        return isTexts(key) ? limits.findOf(operator, key) : undefined;
      },
    });
    views.register('branch_default', {
      byId: ({ operator, id }) => defaults.get(operator, id),
      byBody: async ({ operator, body }) => {
        const { project_id: projectId, pattern, kind, model: modelId = '' } = body;
        const key = { projectId, pattern, kind, modelId };
        return isTexts(key) ? defaults.findOf(operator, key) : undefined;
      },
    });
  }
}
