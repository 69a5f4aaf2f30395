import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { IdentityModule } from '../identity/identity.module.js';
import { MeteringModule } from '../metering/metering.module.js';
import { QuotaModule } from '../quota/quota.module.js';
import { RelayModule } from '../relay/relay.module.js';
import { RoutingModule } from '../routing/routing.module.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { AnthropicMessagesController } from './anthropic-messages.controller.js';
import { BodyBudget } from './body/body-budget.js';
import { ChatCompletionsController } from './chat-completions.controller.js';
import { CountThrottlerGuard } from './counting/count-throttler.guard.js';
import { TokenCounter } from './counting/token-counter.service.js';
import { EmbeddingsController } from './embeddings.controller.js';
import { GatewayErrorFilter } from './gateway-error.filter.js';
import { GeminiController, GeminiQuotaInterceptor } from './gemini.controller.js';
import { HelloController } from './hello.controller.js';
import { InferenceService } from './inference.service.js';
import { ModelGuard } from './model.guard.js';
import { ModelListsController } from './model-lists.controller.js';
import { ModelsController } from './models.controller.js';
import { OpenAiResponsesController, ResponsesUpgradeController } from './openai-responses.controller.js';
import { OutputHistory } from './output-history.js';
import { QuotaInterceptor } from './quota.interceptor.js';
import { RefusalLog } from './refusal-log.service.js';
import { SettlementService } from './settlement.service.js';
import { TargetLoop } from './target-loop.js';
import { TokenCountService } from './token-count.service.js';
import { RequestReader } from './reading/request-reader.service.js';
import { Translations } from './translating/translations.service.js';

@Module({
  imports: [IdentityModule, CatalogModule, QuotaModule, RoutingModule, UpstreamModule, RelayModule, MeteringModule],
  controllers: [
    ChatCompletionsController,
    AnthropicMessagesController,
    OpenAiResponsesController,
    ResponsesUpgradeController,
    GeminiController,
    EmbeddingsController,
    ModelsController,
    ModelListsController,
    HelloController,
  ],
  providers: [
    BodyBudget,
    CountThrottlerGuard,
    GatewayErrorFilter,
    GeminiQuotaInterceptor,
    InferenceService,
    ModelGuard,
    OutputHistory,
    QuotaInterceptor,
    RefusalLog,
    RequestReader,
    SettlementService,
    TargetLoop,
    TokenCounter,
    TokenCountService,
    Translations,
  ],
  exports: [GatewayErrorFilter, RefusalLog],
})
export class InferenceModule {}
