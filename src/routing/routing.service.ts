import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { CatalogModel } from '../catalog/catalog.types.js';
import { AppConfig } from '../config/app-config.js';
import { ChangeFeed } from '../platform/change-feed.js';
import { describeCause, Log } from '../platform/logging.js';
import { IdSource } from '../platform/id-source.js';
import { KnownSecrets } from '../platform/known-secrets.js';
import { SecretBox } from '../platform/secrets.js';
import { type EnvironmentUpstream, environmentUpstreams } from './environment-upstreams.js';
import { inOrder, type Weighted } from './order.js';
import { RouteRepository, type StoredRoute, type StoredUpstream } from './route.repository.js';
import { openUpstream } from './stored-upstream.js';
import { secretsOf, type Target, type Upstream } from './target.types.js';

interface WeightedTarget extends Target, Weighted {}

type RouteTable = ReadonlyMap<string, readonly WeightedTarget[]>;

/**
 * Resolved model → targets in the order to try. Stored routes come first, then the upstreams of the environment; the
 * sandbox serves only what nothing real serves.
 */
@Injectable()
export class RoutingService implements OnModuleInit {
  private routes: RouteTable = new Map();
  private generation = 0;
  private sandbox: Upstream | null = null;
  /** of every upstream that may be asked, to be found in what one of them says */
  private known = KnownSecrets.NONE;
  private readonly fromEnvironment: readonly EnvironmentUpstream[];

  constructor(
    config: AppConfig,
    private readonly feed: ChangeFeed,
    private readonly repository: RouteRepository,
    private readonly secrets: SecretBox,
    private readonly log: Log,
    private readonly chance: IdSource,
  ) {
    this.fromEnvironment = environmentUpstreams(config.providers);
    this.know([]);
  }

  async onModuleInit(): Promise<void> {
    this.feed.on('upstreams', () => this.reload());
    await this.reload();
  }

  /** The sandbox announces itself once it listens. */
  useSandbox(upstream: Upstream): void {
    this.sandbox = upstream;
  }

  /** Those of the database to which a model is routed. */
  storedUpstreams(): readonly Upstream[] {
    return [...new Set([...this.routes.values()].flat().map(({ upstream }) => upstream))];
  }

  /** Upstreams of the environment and the sandbox, for the start banner and operators. */
  environmentUpstreams(): readonly Upstream[] {
    const named = this.fromEnvironment.map(({ upstream }) => upstream);
    return this.sandbox === null ? named : [...named, this.sandbox];
  }

  get knownSecrets(): KnownSecrets {
    return this.known;
  }

  /** Targets to try in turn; empty when nothing serves the model. */
  plan(model: CatalogModel): readonly Target[] {
    const targets: Target[] = inOrder(this.routes.get(model.id) ?? [], limit => this.chance.below(limit));
    for (const { upstream, nameOf } of this.fromEnvironment) {
      const name = nameOf(model);
      if (name !== null) targets.push({ upstream, model: name });
    }
    if (targets.length === 0 && this.sandbox !== null) targets.push({ upstream: this.sandbox, model: model.id });
    return targets;
  }

  private async reload(): Promise<void> {
    this.generation += 1;
    const generation = this.generation;
    const [upstreams, routes] = await Promise.all([
      this.repository.listEnabledUpstreams(),
      this.repository.listRoutes(),
    ]);
    // A reload that began earlier may end later; it must not bring the older state back.
    if (generation !== this.generation) return;
    const opened = new Map(upstreams.flatMap(stored => this.open(stored)).map(upstream => [upstream.id, upstream]));
    this.routes = tableOf(routes, opened);
    this.know([...opened.values()]);
  }

  private know(stored: readonly Upstream[]): void {
    const upstreams = [...this.fromEnvironment.map(({ upstream }) => upstream), ...stored];
    this.known = new KnownSecrets(upstreams.flatMap(secretsOf));
    this.log.hide(this.known);
  }

  /** One secret that does not open must not stop the others. */
  private open(stored: StoredUpstream): Upstream[] {
    try {
      return [openUpstream(stored, this.secrets)];
    } catch (error) {
      this.log.error('an upstream is left out: its secret does not open with this master key', {
        upstream: stored.name,
        cause: describeCause(error),
      });
      return [];
    }
  }
}

function tableOf(routes: readonly StoredRoute[], upstreams: ReadonlyMap<string, Upstream>): RouteTable {
  const table = new Map<string, WeightedTarget[]>();
  for (const { modelId, upstreamId, upstreamModel, priority, weight } of routes) {
    const upstream = upstreams.get(upstreamId);
    if (upstream === undefined) continue;
    table.set(modelId, [...(table.get(modelId) ?? []), { upstream, model: upstreamModel, priority, weight }]);
  }
  return table;
}
