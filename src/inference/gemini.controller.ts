import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  Post,
  Req,
  Res,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ApiParam, ApiQuery } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import { Access } from '../identity/access.js';
import { CredentialGuard } from '../identity/credential.guard.js';
import { LineageGuard } from '../identity/lineage.guard.js';
import { CredentialThrottlerGuard } from '../quota/credential-throttler.guard.js';
import { type AroundHandler, Direct } from '../platform/http/direct-routes.js';
import type { RelayOutcome } from '../relay/relay-outcome.js';
import { CountThrottlerGuard } from './counting/count-throttler.guard.js';
import { GeminiAnswer } from './described/answers.dto.js';
import { DescribesCall } from './described/described.decorator.js';
import { GeminiRequest } from './described/requests.dto.js';
import { asksForVectors, GeminiPathGuard } from './gemini-path.guard.js';
import type { InferenceRequest } from './inference-request.js';
import { InferenceService } from './inference.service.js';
import { ModelGuard } from './model.guard.js';
import { QuotaInterceptor } from './quota.interceptor.js';
import { Speaks } from './speaks.js';
import { TokenCountService } from './token-count.service.js';
import { EMBEDDINGS } from '../dialects/embeddings/descriptor.js';
import { GEMINI } from '../dialects/gemini/descriptor.js';

const isCount = ({ pathFields }: InferenceRequest) => pathFields?.action === 'countTokens';

/** Counting is free; what generates is reserved for. One path has both, so what the path says decides. */
@Injectable()
export class GeminiQuotaInterceptor implements NestInterceptor<unknown>, AroundHandler {
  constructor(private readonly quota: QuotaInterceptor) {}

  intercept(context: ExecutionContext, next: CallHandler<RelayOutcome | null>): Observable<unknown> {
    const request = context.switchToHttp().getRequest<InferenceRequest>();
    return isCount(request) ? next.handle() : this.quota.intercept(context, next);
  }

  around(request: InferenceRequest, run: () => Promise<RelayOutcome | null>): Promise<RelayOutcome | null> {
    return isCount(request) ? run() : this.quota.around(request, run);
  }
}

/** Google's GenerateContent: model and action in the path, below each of three prefixes and in both versions. */
@Controller()
@Access('inference')
@Direct()
@Speaks(GEMINI)
@UseGuards(GeminiPathGuard, CredentialGuard, LineageGuard, CredentialThrottlerGuard, CountThrottlerGuard, ModelGuard)
@UseInterceptors(GeminiQuotaInterceptor)
export class GeminiController {
  constructor(
    private readonly inference: InferenceService,
    private readonly counts: TokenCountService,
  ) {}

  @Post([...GEMINI.paths.answers])
  @ApiParam({ name: 'call', type: String, description: 'the model, a colon, and what is asked of it' })
  @ApiQuery({
    name: 'alt',
    required: false,
    enum: ['sse'],
    description: 'a stream as server-sent events rather than as one list',
  })
  @DescribesCall({
    id: 'callGemini',
    summary: 'Asks a model in the dialect of Google’s GenerateContent, counts the tokens of a request, or embeds texts',
    family: 'gemini',
    body: GeminiRequest,
    answer: GeminiAnswer,
  })
  call(@Req() request: InferenceRequest, @Res() response: Response): Promise<RelayOutcome | null | void> {
    if (isCount(request)) return this.counts.answer(request, response, GEMINI);
    return this.inference.answer(request, response, asksForVectors(request) ? EMBEDDINGS : GEMINI);
  }
}
