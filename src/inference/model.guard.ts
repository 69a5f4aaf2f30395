import type { ServerResponse } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable, type Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { OpenModels } from '../catalog/catalog-snapshot.js';
import { CatalogService } from '../catalog/catalog.service.js';
import type { CatalogModel } from '../catalog/catalog.types.js';
import { EMBEDDINGS } from '../dialects/embeddings/descriptor.js';
import type { DialectDescriptor } from '../dialects/descriptor.js';
import { GatewayError } from '../errors/gateway-error.js';
import { Lifecycle } from '../platform/lifecycle.js';
import { QuotaService } from '../quota/quota.service.js';
import { asksForVectors } from './gemini-path.guard.js';
import type { UnguardedRequest } from './inference-request.js';
import { capabilitiesOf, dialectFor } from '../routing/capabilities.js';
import { RoutingService } from '../routing/routing.service.js';
import { applyParameterPolicy, asServed, lossesOf } from './parameter-policy.js';
import { RequestReader } from './reading/request-reader.service.js';
import { Speaks } from './speaks.js';

/** What: reads the body once, finds the few fields that matter without parsing the rest, and resolves the model. */
@Injectable()
export class ModelGuard implements CanActivate {
  private readonly dialects = new Map<Type, DialectDescriptor>();

  constructor(
    private readonly reflector: Reflector,
    private readonly reader: RequestReader,
    private readonly catalog: CatalogService,
    private readonly routing: RoutingService,
    private readonly lifecycle: Lifecycle,
    private readonly quota: QuotaService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<UnguardedRequest>();
    if (this.lifecycle.draining) throw new GatewayError('gateway_draining', { retryAfterSeconds: 1 });

    const dialect = asksForVectors(request) ? EMBEDDINGS : this.dialectOf(context.getClass());
    request.wire = await this.reader.read(request, http.getResponse<ServerResponse>(), dialect);
    request.dialect = dialect.name;
    request.model = this.catalog.resolve(request.wire.model, dialect.name, this.openTo(request));
    const { model } = request;
    const rejected = applyParameterPolicy(request.wire, model, dialect, () => this.refusesListed(model, dialect));
    if (rejected.length > 0) request.wire = await this.reader.without(rejected, request.wire, dialect);
    request.wire = asServed(request.wire);
    request.adapted = lossesOf(rejected);
    return true;
  }

  /** Asked only where no model has the id that was sent. */
  private openTo(request: UnguardedRequest): OpenModels {
    let isOpen: OpenModels | null = null;
    return model => (isOpen ??= this.quota.openModels(request))(model);
  }

  /** Some upstream of the model may be asked in chat completions that refuse what the catalog lists. */
  private refusesListed(model: CatalogModel, { name }: DialectDescriptor): boolean {
    return this.routing.plan(model).some(({ upstream: { kind } }) => {
      return capabilitiesOf(kind).refusesListed === true && dialectFor(kind, model, name) === 'chat_completions';
    });
  }

  /** Looked up once for each controller. */
  private dialectOf(controller: Type): DialectDescriptor {
    const known = this.dialects.get(controller) ?? this.reflector.get(Speaks, controller);
    this.dialects.set(controller, known);
    return known;
  }
}
