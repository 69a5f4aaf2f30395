import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { ChangeFeed } from '../../platform/change-feed.js';
import { IdSource } from '../../platform/id-source.js';
import { SecretBox } from '../../platform/secrets.js';
import { conflict, invalidField, notFound } from '../refusals.js';
import { timestamp } from '../timestamp.js';
import { isTaken } from '../unique.js';
import { RoutesService, viewRoute } from './routes.service.js';
import { findAddressFault } from './upstream-address.js';
import type { AddUpstreamBody, ChangeUpstreamBody, ListUpstreamsQuery, Upstream } from './upstream.dto.js';
import { type UpstreamColumns, type UpstreamRecord, UpstreamRepository } from './upstream.repository.js';

/** Providers' accounts and addresses. Their secrets come in and are sealed; none ever comes out. */
@Injectable()
export class UpstreamsService {
  constructor(
    private readonly repository: UpstreamRepository,
    private readonly routes: RoutesService,
    private readonly secrets: SecretBox,
    private readonly feed: ChangeFeed,
    private readonly ids: IdSource,
    private readonly config: AppConfig,
  ) {}

  async list(filter: ListUpstreamsQuery): Promise<Upstream[]> {
    return (await this.repository.list(filter)).map(viewUpstream);
  }

  /** @throws {GatewayError} not_found */
  async get(id: string): Promise<Upstream> {
    const upstream = await this.repository.find(id);
    if (upstream === null) throw notFound('upstream');
    return viewUpstream(upstream);
  }

  /** @throws {GatewayError} conflict when the name is taken */
  async add(body: AddUpstreamBody): Promise<Upstream> {
    const { name, kind, secret = '', client_id: clientId = null, enabled = true } = body;
    this.checkAddress(kind, body.base_url);
    checkAuthentication(kind, secret, clientId);
    const id = this.ids.prefixed('up');
    const routes = await this.routes.plan({ id, kind }, body.routes ?? [], 'routes');
    const columns = { name, baseUrl: withoutTrailingSlash(body.base_url), clientId, enabled };
    const sealedSecret = this.secrets.seal(secret, contextOf(id));
    return this.write(id, () => this.repository.add({ id, kind, ...columns, sealedSecret }, routes));
  }

  async change(id: string, body: ChangeUpstreamBody): Promise<Upstream> {
    const known = await this.repository.find(id);
    if (known === null) throw notFound('upstream');
    if (body.base_url !== undefined) this.checkAddress(known.kind, body.base_url);
    const { name, enabled, secret } = body;
    const columns: Partial<UpstreamColumns> = {
      ...(name === undefined ? {} : { name }),
      ...(enabled === undefined ? {} : { enabled }),
      ...(body.base_url === undefined ? {} : { baseUrl: withoutTrailingSlash(body.base_url) }),
      ...(body.client_id === undefined ? {} : { clientId: body.client_id }),
      ...(secret === undefined ? {} : { sealedSecret: this.secrets.seal(secret, contextOf(id)) }),
    };
    if (Object.keys(columns).length === 0) {
      throw new GatewayError('invalid_request', { publicMessage: 'the body names no field to change' });
    }
    if (secret === undefined) refuseToMoveSecret(known, columns);
    else checkAuthentication(known.kind, secret, columns.clientId === undefined ? known.clientId : columns.clientId);
    return this.write(id, () => this.repository.change(known, columns));
  }

  /** With its routes: requests that run go on, new ones go elsewhere. */
  async delete(id: string): Promise<void> {
    if (!(await this.repository.delete(id))) throw notFound('upstream');
    await this.feed.publish('upstreams', `upstream:${id}`);
  }

  private checkAddress(kind: string, baseUrl: string): void {
    const fault = findAddressFault(baseUrl, this.config.allowedHttpUpstreams, this.config.privatePlaces);
    if (fault !== null) throw invalidField('base_url', fault);
    if (kind === 'databricks' && new URL(baseUrl).pathname !== '/') {
      throw invalidField('base_url', 'must have no path: it is the workspace’s address');
    }
  }

  private async write(id: string, write: () => Promise<UpstreamRecord | null>): Promise<Upstream> {
    const written = await write().catch((error: unknown) => {
      throw isTaken(error) ? conflict('there is an upstream of that name', 'name') : error;
    });
    if (written === null) throw conflict('someone else has just changed this upstream: look at it again, then repeat');
    await this.feed.publish('upstreams', `upstream:${id}`);
    return viewUpstream(written);
  }
}

/** Binds a sealed secret to its row; routing opens it under the same name. */
function contextOf(id: string): string {
  return `upstream:${id}`;
}

function checkAuthentication(kind: string, secret: string, clientId: string | null): void {
  if (kind !== 'databricks') {
    if (clientId !== null) throw invalidField('client_id', 'is for databricks only: remove it');
    return;
  }
  if (secret === '') throw invalidField('secret', 'must be an access token, or with client_id a client secret');
}

/** Whoever may change an address could otherwise have the stored secret sent to a server of theirs, and read it there. */
function refuseToMoveSecret(known: UpstreamRecord, { baseUrl, clientId }: Partial<UpstreamColumns>): void {
  if (baseUrl !== undefined && new URL(baseUrl).origin !== new URL(known.baseUrl).origin) {
    throw invalidField('secret', 'must be sent again when base_url moves to another host');
  }
  if (clientId !== undefined && clientId !== known.clientId) {
    throw invalidField('secret', 'must be sent again with another client_id');
  }
}

function withoutTrailingSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

function viewUpstream(upstream: UpstreamRecord): Upstream {
  return {
    id: upstream.id,
    name: upstream.name,
    kind: upstream.kind,
    base_url: upstream.baseUrl,
    client_id: upstream.clientId,
    enabled: upstream.enabled,
    routes: upstream.routes.map(viewRoute),
    created_at: timestamp(upstream.createdAt),
    updated_at: timestamp(upstream.updatedAt),
  };
}
