import { Controller, Get, Post, Req, Res, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { GatewayError } from '../errors/gateway-error.js';
import { Access } from '../identity/access.js';
import { CredentialGuard } from '../identity/credential.guard.js';
import { LineageGuard } from '../identity/lineage.guard.js';
import { CredentialThrottlerGuard } from '../quota/credential-throttler.guard.js';
import { Direct } from '../platform/http/direct-routes.js';
import type { RelayOutcome } from '../relay/relay-outcome.js';
import { OpenAiResponse } from './described/answers.dto.js';
import { DescribesCall } from './described/described.decorator.js';
import { ResponsesRequest } from './described/requests.dto.js';
import type { InferenceRequest } from './inference-request.js';
import { InferenceService } from './inference.service.js';
import { ModelGuard } from './model.guard.js';
import { QuotaInterceptor } from './quota.interceptor.js';
import { Speaks } from './speaks.js';
import { OPENAI_RESPONSES } from '../dialects/openai-responses/descriptor.js';

const PATHS = [...OPENAI_RESPONSES.paths.answers];

/** OpenAI Responses, as JSON or as server-sent events, on its short and its long path. Nothing is stored. */
@Controller()
@Access('inference')
@Direct()
@Speaks(OPENAI_RESPONSES)
@UseGuards(CredentialGuard, LineageGuard, CredentialThrottlerGuard, ModelGuard)
@UseInterceptors(QuotaInterceptor)
export class OpenAiResponsesController {
  constructor(private readonly inference: InferenceService) {}

  @Post(PATHS)
  @DescribesCall({
    id: 'createResponse',
    summary: 'Asks a model in the dialect of OpenAI Responses',
    body: ResponsesRequest,
    answer: OpenAiResponse,
  })
  create(@Req() request: InferenceRequest, @Res() response: Response): Promise<RelayOutcome | null> {
    return this.inference.answer(request, response, OPENAI_RESPONSES);
  }
}

/** Codex tries a WebSocket first: it is told at once, and falls back to POST. */
@ApiExcludeController()
@Controller()
@Access('public')
export class ResponsesUpgradeController {
  @Get(PATHS)
  refuse(@Req() request: Request): never {
    throw new GatewayError(request.headers.upgrade === undefined ? 'method_not_allowed' : 'upgrade_required', {
      headers: [['Allow', 'POST']],
    });
  }
}
