import { Controller, Post, Req, Res, UseGuards, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import { Access } from '../identity/access.js';
import { CredentialGuard } from '../identity/credential.guard.js';
import { LineageGuard } from '../identity/lineage.guard.js';
import { CredentialThrottlerGuard } from '../quota/credential-throttler.guard.js';
import { Direct } from '../platform/http/direct-routes.js';
import type { RelayOutcome } from '../relay/relay-outcome.js';
import { Embeddings } from './described/answers.dto.js';
import { DescribesCall } from './described/described.decorator.js';
import { EmbeddingsRequest } from './described/requests.dto.js';
import type { InferenceRequest } from './inference-request.js';
import { InferenceService } from './inference.service.js';
import { ModelGuard } from './model.guard.js';
import { QuotaInterceptor } from './quota.interceptor.js';
import { Speaks } from './speaks.js';
import { EMBEDDINGS } from '../dialects/embeddings/descriptor.js';

/** OpenAI Embeddings, on its short and its long path. */
@Controller()
@Access('inference')
@Direct()
@Speaks(EMBEDDINGS)
@UseGuards(CredentialGuard, LineageGuard, CredentialThrottlerGuard, ModelGuard)
@UseInterceptors(QuotaInterceptor)
export class EmbeddingsController {
  constructor(private readonly inference: InferenceService) {}

  @Post([...EMBEDDINGS.paths.answers])
  @DescribesCall({
    id: 'createEmbeddings',
    summary: 'Turns texts into vectors',
    body: EmbeddingsRequest,
    answer: Embeddings,
    streams: false,
  })
  embed(@Req() request: InferenceRequest, @Res() response: Response): Promise<RelayOutcome | null> {
    return this.inference.answer(request, response, EMBEDDINGS);
  }
}
