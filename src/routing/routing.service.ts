import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { CatalogModel } from '../catalog/catalog.types.js';
import { AppConfig } from '../config/app-config.js';
import { ChangeFeed } from '../platform/change-feed.js';
import { describeCause, Log } from '../platform/logging.js';
import { IdSource } from '../platform/id-source.js';
import { KnownSecrets } from '../platform/known-secrets.js';
import { SecretBox } from '../platform/secrets.js';
import { SnapshotLoader } from '../platform/snapshot-loader.js';
import { CircuitsService } from './circuits.service.js';
import { type EnvironmentUpstream, environmentUpstreams } from './environment-upstreams.js';
import { planOf, type RouteTable, tableOf } from './plan.js';
import { RouteRepository, type StoredUpstream } from './route.repository.js';
import { openUpstream } from './stored-upstream.js';
import { secretsOf, type Target, type Upstream } from './target.types.js';

/** An upstream, and the row of which it was made. */
interface Opened {
  readonly stored: StoredUpstream;
  readonly upstream: Upstream;
}

interface Routes {
  readonly table: RouteTable;
  /** by id */
  readonly opened: ReadonlyMap<string, Opened>;
  /** of every upstream that may be asked, to be found in what one of them says */
  readonly secrets: KnownSecrets;
}

/**
 * Resolved model → targets in the order to try. Stored routes come first, then the upstreams of the environment; the
 * sandbox serves only what nothing real serves.
 */
@Injectable()
export class RoutingService implements OnModuleInit {
  private readonly routes: SnapshotLoader<Routes>;
  private sandbox: Upstream | null = null;
  private readonly fromEnvironment: readonly EnvironmentUpstream[];

  constructor(
    config: AppConfig,
    private readonly feed: ChangeFeed,
    private readonly repository: RouteRepository,
    private readonly secrets: SecretBox,
    private readonly log: Log,
    private readonly chance: IdSource,
    private readonly circuits: CircuitsService,
  ) {
    this.fromEnvironment = environmentUpstreams(config.providers);
    this.routes = new SnapshotLoader({ table: new Map(), opened: new Map(), secrets: this.secretsWith([]) }, () =>
      this.load(),
    );
    log.hide(this.knownSecrets);
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
    return [...new Set([...this.routes.current.table.values()].flat().map(({ upstream }) => upstream))];
  }

  /** Upstreams of the environment and the sandbox, for the start banner and operators. */
  environmentUpstreams(): readonly Upstream[] {
    const named = this.fromEnvironment.map(({ upstream }) => upstream);
    return this.sandbox === null ? named : [...named, this.sandbox];
  }

  get knownSecrets(): KnownSecrets {
    return this.routes.current.secrets;
  }

  /** Targets to try in turn; empty when nothing serves the model. */
  plan(model: CatalogModel): readonly Target[] {
    const { fromEnvironment, sandbox, chance } = this;
    const { table } = this.routes.current;
    return planOf(model, { table, fromEnvironment, sandbox }, limit => chance.below(limit));
  }

  private async reload(): Promise<void> {
    await this.routes.reload();
    this.log.hide(this.knownSecrets);
    const { table } = this.routes.current;
    const always = this.fromEnvironment.map(({ upstream }) => upstream);
    this.circuits.keep(always, [...table.values()].flat());
  }

  private async load(): Promise<Routes> {
    const [upstreams, routes] = await Promise.all([
      this.repository.listEnabledUpstreams(),
      this.repository.listRoutes(),
    ]);
    const opened = new Map(upstreams.flatMap(stored => this.open(stored)).map(each => [each.stored.id, each]));
    const byId = new Map([...opened].map(([id, { upstream }]) => [id, upstream]));
    return { table: tableOf(routes, byId), opened, secrets: this.secretsWith([...byId.values()]) };
  }

  private secretsWith(stored: readonly Upstream[]): KnownSecrets {
    const upstreams = [...this.fromEnvironment.map(({ upstream }) => upstream), ...stored];
    return new KnownSecrets(upstreams.flatMap(secretsOf));
  }

  /**
   * One secret that does not open must not stop the others. What nobody changed stays the same object: what is remembered of
   * it is remembered by that.
   */
  private open(stored: StoredUpstream): Opened[] {
    const known = this.routes.current.opened.get(stored.id);
    if (known !== undefined && isSameRow(known.stored, stored)) return [known];
    try {
      return [{ stored, upstream: openUpstream(stored, this.secrets) }];
    } catch (error) {
      this.log.error('an upstream is left out: its secret cannot be decrypted with this master key', {
        upstream: stored.name,
        cause: describeCause(error),
      });
      return [];
    }
  }
}

function isSameRow(one: StoredUpstream, other: StoredUpstream): boolean {
  const written = ({ encryptedSecret, ...rest }: StoredUpstream) =>
    JSON.stringify([rest, Buffer.from(encryptedSecret).toString('base64')]);
  return written(one) === written(other);
}
