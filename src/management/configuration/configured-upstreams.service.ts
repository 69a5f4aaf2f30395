import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import {
  type ChangeUpstreamBody,
  RoutesService,
  type Upstream,
  UpstreamsService,
} from '../upstreams/upstreams.module.js';
import { invalidField } from '../control-plane/refusals.js';
import type { ConfigurationChange, ConfiguredUpstream } from './configuration.dto.js';
import { at, everyRow, refuseTwins } from './places.js';

const PAGE = 1_000;

@Injectable()
export class ConfiguredUpstreamsService {
  constructor(
    private readonly upstreams: UpstreamsService,
    private readonly routes: RoutesService,
    private readonly config: AppConfig,
  ) {}

  /** Never a secret. */
  async list(): Promise<ConfiguredUpstream[]> {
    return (await this.known()).map(({ name, kind, base_url, client_id, beta_flags, enabled, routes }) => {
      const own = { name, kind, base_url, client_id, beta_flags, enabled };
      return {
        ...own,
        routes: routes.map(({ model, upstream_model, priority, weight }) => ({
          model,
          upstream_model,
          priority,
          weight,
        })),
      };
    });
  }

  async apply(wanted: readonly ConfiguredUpstream[]): Promise<ConfigurationChange[]> {
    const names = wanted.map(({ name }) => name);
    refuseTwins('upstreams', names);
    const wantedNames = new Set(names);
    const known = new Map((await this.known()).map(upstream => [upstream.name, upstream]));
    const changes: ConfigurationChange[] = [];
    for (const { id, name } of known.values()) {
      if (wantedNames.has(name)) continue;
      await this.upstreams.delete(id);
      changes.push({ action: 'delete', kind: 'upstream', id: name, fields: [] });
    }
    for (const [index, body] of wanted.entries()) {
      changes.push(...(await at(`upstreams.${index}`, () => this.write(body, known.get(body.name)))));
    }
    return changes;
  }

  private async write(
    { secret_env: variable, ...body }: ConfiguredUpstream,
    known: Upstream | undefined,
  ): Promise<ConfigurationChange[]> {
    const secret = this.secretOf(body.secret, variable);
    if (known === undefined) {
      if (secret === undefined) throw invalidField('secret', 'must be given for a new upstream, or secret_env');
      await this.upstreams.add({ ...body, secret });
      const fields = Object.keys({ ...body, secret }).filter(field => field !== 'name');
      return [{ action: 'create', kind: 'upstream', id: body.name, fields }];
    }
    return [...(await this.change(body, secret, known)), ...(await this.changeRoutes(body, known))];
  }

  private secretOf(given: string | undefined, variable: string | undefined): string | undefined {
    if (variable === undefined) return given;
    if (given !== undefined) throw invalidField('secret_env', 'and secret cannot both be given: give one of them');
    const secret = this.config.suppliedSecrets.get(variable);
    if (secret === undefined) throw invalidField('secret_env', 'is not in the environment of this gateway');
    return secret;
  }

  private async change(
    { name, kind, base_url, client_id = null, beta_flags = null, enabled = true }: ConfiguredUpstream,
    secret: string | undefined,
    known: Upstream,
  ): Promise<ConfigurationChange[]> {
    if (kind !== known.kind)
      throw invalidField('kind', `is ${known.kind} and cannot change: give the upstream another name`);
    const wanted: Record<string, unknown> = {
      base_url: base_url.replace(/(?<!\/)\/+$/, ''),
      client_id,
      beta_flags,
      enabled,
    };
    const changed = Object.entries(wanted).filter(
      ([field, value]) => !isDeepStrictEqual(value, known[field as keyof Upstream]),
    );
    if (secret !== undefined && !(await this.upstreams.holds(known.id, secret))) changed.push(['secret', secret]);
    else if (secret !== undefined && changed.some(([field]) => field === 'base_url')) changed.push(['secret', secret]);
    if (changed.length === 0) return [];
    await this.upstreams.change(known.id, Object.fromEntries(changed) as ChangeUpstreamBody);
    return [{ action: 'update', kind: 'upstream', id: name, fields: changed.map(([field]) => field) }];
  }

  private async changeRoutes(
    { name, routes = [] }: ConfiguredUpstream,
    known: Upstream,
  ): Promise<ConfigurationChange[]> {
    const planned = await this.routes.plan(known, routes, 'routes');
    const present = new Map(known.routes.map(route => [`${route.model} ${route.upstream_model}`, route]));
    const changes: ConfigurationChange[] = [];
    const tell = (action: ConfigurationChange['action'], route: string, fields: string[]) =>
      changes.push({ action, kind: 'route', id: `${name} ${route}`, fields });
    const keys = new Set(planned.map(({ modelId, upstreamModel }) => `${modelId} ${upstreamModel}`));
    for (const [key, { id }] of present) {
      if (keys.has(key)) continue;
      await this.routes.delete(id);
      tell('delete', key, []);
    }
    for (const { modelId: model, upstreamModel, priority, weight } of planned) {
      const key = `${model} ${upstreamModel}`;
      const current = present.get(key);
      if (current === undefined) {
        await this.routes.add({ upstream_id: known.id, model, upstream_model: upstreamModel, priority, weight });
        tell('create', key, ['priority', 'weight']);
      } else if (current.priority !== priority || current.weight !== weight) {
        await this.routes.change(current.id, { priority, weight });
        tell('update', key, ['priority', 'weight']);
      }
    }
    return changes;
  }

  private async known(): Promise<Upstream[]> {
    return everyRow(async cursor => {
      const { upstreams, pagination } = await this.upstreams.list({
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { rows: upstreams, cursor: pagination?.cursor };
    });
  }
}
