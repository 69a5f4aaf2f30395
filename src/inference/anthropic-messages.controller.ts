import { Controller, Post, Req, Res, UseGuards, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import { Access } from '../identity/access.js';
import { CredentialGuard } from '../identity/credential.guard.js';
import { LineageGuard } from '../identity/lineage.guard.js';
import { CredentialThrottlerGuard } from '../quota/credential-throttler.guard.js';
import { Direct } from '../platform/http/direct-routes.js';
import type { RelayOutcome } from '../relay/relay-outcome.js';
import { CountThrottlerGuard } from './counting/count-throttler.guard.js';
import { Message, MessageTokenCount } from './described/answers.dto.js';
import { DescribesCall } from './described/described.decorator.js';
import { CountMessageTokensRequest, MessagesRequest } from './described/requests.dto.js';
import type { InferenceRequest } from './inference-request.js';
import { InferenceService } from './inference.service.js';
import { ModelGuard } from './model.guard.js';
import { QuotaInterceptor } from './quota.interceptor.js';
import { Speaks } from './speaks.js';
import { TokenCountService } from './token-count.service.js';
import { ANTHROPIC_MESSAGES } from '../dialects/anthropic-messages/descriptor.js';

/** Anthropic Messages, as JSON or as server-sent events, on its short and its long path. */
@Controller()
@Access('inference')
@Direct()
@Speaks(ANTHROPIC_MESSAGES)
@UseGuards(CredentialGuard, LineageGuard, CredentialThrottlerGuard, CountThrottlerGuard, ModelGuard)
export class AnthropicMessagesController {
  constructor(
    private readonly inference: InferenceService,
    private readonly counts: TokenCountService,
  ) {}

  @Post([...ANTHROPIC_MESSAGES.paths.answers])
  @DescribesCall({
    id: 'createMessage',
    summary: 'Asks a model in the dialect of Anthropic Messages',
    family: 'anthropic',
    body: MessagesRequest,
    answer: Message,
  })
  @UseInterceptors(QuotaInterceptor)
  create(@Req() request: InferenceRequest, @Res() response: Response): Promise<RelayOutcome | null> {
    return this.inference.answer(request, response, ANTHROPIC_MESSAGES);
  }

  /** How many tokens a request has. Free, as at the vendor, and for models of every maker. */
  @Post([...ANTHROPIC_MESSAGES.paths.counts])
  @DescribesCall({
    id: 'countMessageTokens',
    summary: 'Counts the tokens of a request of Anthropic Messages',
    family: 'anthropic',
    body: CountMessageTokensRequest,
    answer: MessageTokenCount,
    streams: false,
  })
  count(@Req() request: InferenceRequest, @Res() response: Response): Promise<void> {
    return this.counts.answer(request, response, ANTHROPIC_MESSAGES);
  }
}
