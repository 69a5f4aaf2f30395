import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { MeteringModule } from '../metering/metering.module.js';
import { QuotaModule } from '../quota/quota.module.js';
import { RelayModule } from '../relay/relay.module.js';
import { RoutingModule } from '../routing/routing.module.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { BodyBudget } from './body-budget.js';
import { ChatCompletionsController } from './chat-completions.controller.js';
import { GatewayErrorFilter } from './gateway-error.filter.js';
import { InferenceService } from './inference.service.js';
import { ModelGuard } from './model.guard.js';
import { ModelsController } from './models.controller.js';
import { QuotaInterceptor } from './quota.interceptor.js';
import { SettlementService } from './settlement.service.js';

@Module({
  imports: [IdentityModule, CatalogModule, QuotaModule, RoutingModule, UpstreamModule, RelayModule, MeteringModule],
  controllers: [ChatCompletionsController, ModelsController],
  providers: [BodyBudget, GatewayErrorFilter, InferenceService, ModelGuard, QuotaInterceptor, SettlementService],
  exports: [GatewayErrorFilter],
})
export class InferenceModule {}
