import { Module } from '@nestjs/common';
import { RoutingModule } from '../../routing/routing.module.js';
import { UpstreamModule } from '../../upstream/upstream.module.js';
import { ObjectViewsService } from '../control-plane/audit-trail/audited-object.js';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { ModelsModule } from '../models/models.module.js';
import { RoutesController } from './routes.controller.js';
import { RoutesService } from './routes.service.js';
import { UpstreamTestService } from './upstream-test.service.js';
import { UpstreamRepository } from './upstream.repository.js';
import { UpstreamsController } from './upstreams.controller.js';
import { UpstreamsService } from './upstreams.service.js';

export { RoutesService } from './routes.service.js';
export { AddUpstreamBody, type ChangeUpstreamBody, type Upstream } from './upstream.dto.js';
export { UpstreamsService, upstreamSecretContext } from './upstreams.service.js';

/** Providers’ accounts, and the routes of models to them. */
@Module({
  imports: [ControlPlaneModule, ModelsModule, RoutingModule, UpstreamModule],
  controllers: [RoutesController, UpstreamsController],
  providers: [RoutesService, UpstreamTestService, UpstreamRepository, UpstreamsService],
  exports: [RoutesService, UpstreamsService],
})
export class UpstreamsModule {
  constructor(views: ObjectViewsService, upstreams: UpstreamsService, routes: RoutesService) {
    views.register('upstream', { byId: ({ id }) => upstreams.get(id) });
    views.register('route', { byId: ({ id }) => routes.get(id) });
  }
}
