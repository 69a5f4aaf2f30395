import type { ServerResponse } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { CatalogService } from '../catalog/catalog.service.js';
import { AppConfig } from '../config/app-config.js';
import { GatewayError } from '../errors/gateway-error.js';
import { onConnectionClosed } from '../platform/http/connection-closed.js';
import { Lifecycle } from '../platform/lifecycle.js';
import { BodyBudget } from './body/body-budget.js';
import type { ByteHold } from './body/byte-budget.js';
import { readBody } from './body/request-body.js';
import { roundOfOnesOwn } from './body/rounds.js';
import type { InferenceRequest } from './inference-request.js';
import { applyParameterPolicy } from './parameter-policy.js';
import { Speaks } from './speaks.js';

/** From here on, reading it takes milliseconds. */
const LARGE_BODY_BYTES = 1_048_576;

/** What: reads the body once, finds the few fields that matter without parsing the rest, and resolves the model. */
@Injectable()
export class ModelGuard implements CanActivate {
  constructor(
    private readonly config: AppConfig,
    private readonly reflector: Reflector,
    private readonly budget: BodyBudget,
    private readonly catalog: CatalogService,
    private readonly lifecycle: Lifecycle,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<InferenceRequest>();
    const response = http.getResponse<ServerResponse>();
    if (this.lifecycle.draining) throw new GatewayError('gateway_draining', { retryAfterSeconds: 1 });

    const { maxBodyBytes: maxBytes, bodyArrival: arrival } = this.config;
    const hold = this.budget.hold(request.caller);
    releaseAtEnd(hold, request, response);
    const body = await readBody(request, response, { maxBytes, hold, arrival });

    if (body.length >= LARGE_BODY_BYTES) await roundOfOnesOwn();
    const dialect = this.reflector.get(Speaks, context.getClass());
    request.dialect = dialect.name;
    request.wire = dialect.readRequest(body, request.pathFields ?? null);
    request.model = this.catalog.resolve(request.wire.model, dialect.name);
    const { wire, losses } = applyParameterPolicy(request.wire, request.model, dialect);
    request.wire = wire;
    request.adapted = losses;
    return true;
  }
}

/** Given back when the answer is over, whichever way: it closes, or its connection does while it waits for another. */
function releaseAtEnd(hold: ByteHold, request: InferenceRequest, response: ServerResponse): void {
  const release = () => {
    hold.release();
    request.madeOfBody?.release();
  };
  if (response.closed) {
    release();
    return;
  }
  const forget = onConnectionClosed(request.socket, release);
  response.once('close', () => {
    forget();
    release();
  });
}
