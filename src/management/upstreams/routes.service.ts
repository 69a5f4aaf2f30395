import { Injectable } from '@nestjs/common';
import { ChangeFeed } from '../../platform/change-feed.js';
import { IdSource } from '../../platform/id-source.js';
import { byCreation, readPage } from '../control-plane/page.js';
import { ConsequencesService } from '../control-plane/dry-run/consequences.service.js';
import type { DryRun } from '../control-plane/dry-run/dry-run.js';
import { conflict, invalidField, notFound, nothingToChange } from '../control-plane/refusals.js';
import { timestamp } from '../control-plane/notation.js';
import { isTaken } from '../control-plane/storage-failures.js';
import { type ModelRecord, ModelRepository } from '../models/models.module.js';
import type {
  AddRouteBody,
  ChangeRouteBody,
  ListRoutesQuery,
  NewRoute as WantedRoute,
  Route,
  RouteList,
} from './route.dto.js';
import { rulesOf } from './upstream-kinds.js';
import { type NewRoute, type RouteRecord, UpstreamRepository } from './upstream.repository.js';

const DEFAULT_PRIORITY = 100;
const DEFAULT_WEIGHT = 1;

const CURSORS = byCreation<RouteRecord>('routes');

/** Which upstreams serve which models. */
@Injectable()
export class RoutesService {
  constructor(
    private readonly models: ModelRepository,
    private readonly repository: UpstreamRepository,
    private readonly feed: ChangeFeed,
    private readonly ids: IdSource,
    private readonly consequences: ConsequencesService,
  ) {}

  async list(query: ListRoutesQuery): Promise<RouteList> {
    const { model: modelId, upstream_id: upstreamId } = query;
    const { rows, next } = await readPage(query, CURSORS, (after, limit) =>
      this.repository.listRoutes({ modelId, upstreamId }, after, limit),
    );
    return { routes: rows.map(viewRoute), ...next };
  }

  /** @throws {GatewayError} not_found */
  async get(id: string): Promise<Route> {
    const route = await this.repository.findRoute(id);
    if (route === null) throw notFound('route');
    return viewRoute(route);
  }

  async add(body: AddRouteBody): Promise<Route> {
    const upstream = await this.repository.find(body.upstream_id);
    if (upstream === null) throw notFound('upstream', 'upstream_id');
    const [route] = await this.plan(upstream, [body], '');
    if (route === undefined) throw notFound('model', 'model');
    try {
      const added = await this.repository.addRoute(route);
      await this.feed.publish('upstreams', `route:${added.id}`);
      return viewRoute(added);
    } catch (error) {
      throw isTaken(error) ? conflict('the upstream has this route already: delete it first') : error;
    }
  }

  /** Requests that run go on as they were planned. */
  async change(id: string, body: ChangeRouteBody): Promise<Route> {
    const { upstream_model: upstreamModel, priority, weight } = body;
    const columns = {
      ...(upstreamModel === undefined ? {} : { upstreamModel }),
      ...(priority === undefined ? {} : { priority }),
      ...(weight === undefined ? {} : { weight }),
    };
    if (Object.keys(columns).length === 0) throw nothingToChange();
    const changed = await this.repository.changeRoute(id, columns).catch((error: unknown) => {
      throw isTaken(error) ? conflict('the upstream has this route already', 'upstream_model') : error;
    });
    if (changed === null) throw notFound('route');
    await this.feed.publish('upstreams', `route:${id}`);
    return viewRoute(changed);
  }

  /** What a deletion would do. */
  async foresee(id: string): Promise<DryRun> {
    const { model: modelId, upstream_id: upstreamId, upstream_model: upstreamModel } = await this.get(id);
    const upstream = await this.repository.find(upstreamId);
    if (upstream === null) throw notFound('route');
    return this.consequences.ofRoute(id, { upstream: upstream.name, modelId, upstreamModel });
  }

  async delete(id: string): Promise<void> {
    if (!(await this.repository.deleteRoute(id))) throw notFound('route');
    await this.feed.publish('upstreams', `route:${id}`);
  }

  /**
   * Routes ready to be written, with what was left out filled in.
   * @param path where the routes stand in the body, for the messages
   * @throws {GatewayError} not_found for a model outside the catalog, invalid_request for the same route twice
   */
  async plan(
    upstream: { id: string; kind: string },
    wanted: readonly WantedRoute[],
    path: string,
  ): Promise<NewRoute[]> {
    const rows = await this.models.findMany(wanted.map(route => route.model));
    const models = new Map(rows.map(model => [model.id, model]));
    const seen = new Set<string>();
    return wanted.map((route, index) => {
      const field = path === '' ? '' : `${path}.${index}.`;
      const model = models.get(route.model);
      if (model === undefined) throw notFound(`model "${route.model}"`, `${field}model`);
      const upstreamModel = route.upstream_model ?? upstreamModelOf(model, upstream.kind, `${field}upstream_model`);
      const key = `${route.model} ${upstreamModel}`;
      if (seen.has(key)) throw invalidField(`${field}model`, 'names a route for the second time: remove it');
      seen.add(key);
      const { priority = DEFAULT_PRIORITY, weight = DEFAULT_WEIGHT } = route;
      return {
        id: this.ids.prefixed('rt'),
        modelId: model.id,
        upstreamId: upstream.id,
        upstreamModel,
        priority,
        weight,
      };
    });
  }
}

function upstreamModelOf(model: ModelRecord, kind: string, field: string): string {
  const { modelName } = rulesOf(kind);
  if (typeof modelName !== 'function') throw invalidField(field, modelName.fault);
  return modelName(model);
}

export function viewRoute(route: RouteRecord): Route {
  return {
    id: route.id,
    model: route.modelId,
    upstream_id: route.upstreamId,
    upstream_model: route.upstreamModel,
    priority: route.priority,
    weight: route.weight,
    created_at: timestamp(route.createdAt),
  };
}
