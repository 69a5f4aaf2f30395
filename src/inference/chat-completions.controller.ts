import { Controller, Post, Req, Res, UseGuards, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import { Access } from '../identity/access.js';
import { CredentialGuard } from '../identity/credential.guard.js';
import { LineageGuard } from '../identity/lineage.guard.js';
import { CredentialThrottlerGuard } from '../quota/credential-throttler.guard.js';
import { Direct } from '../platform/http/direct-routes.js';
import type { RelayOutcome } from '../relay/relay-outcome.js';
import { ChatCompletion } from './described/answers.dto.js';
import { DescribesCall } from './described/described.decorator.js';
import { ChatCompletionRequest } from './described/requests.dto.js';
import type { InferenceRequest } from './inference-request.js';
import { InferenceService } from './inference.service.js';
import { ModelGuard } from './model.guard.js';
import { QuotaInterceptor } from './quota.interceptor.js';
import { Speaks } from './speaks.js';
import { CHAT_COMPLETIONS } from '../dialects/chat-completions/descriptor.js';

/** OpenAI Chat Completions, as JSON or as server-sent events, on its short and its long path. */
@Controller()
@Access('inference')
@Direct()
@Speaks(CHAT_COMPLETIONS)
@UseGuards(CredentialGuard, LineageGuard, CredentialThrottlerGuard, ModelGuard)
@UseInterceptors(QuotaInterceptor)
export class ChatCompletionsController {
  constructor(private readonly inference: InferenceService) {}

  @Post([...CHAT_COMPLETIONS.paths.answers])
  @DescribesCall({
    id: 'createChatCompletion',
    summary: 'Asks a model in the dialect of OpenAI Chat Completions',
    body: ChatCompletionRequest,
    answer: ChatCompletion,
  })
  complete(@Req() request: InferenceRequest, @Res() response: Response): Promise<RelayOutcome | null> {
    return this.inference.answer(request, response, CHAT_COMPLETIONS);
  }
}
