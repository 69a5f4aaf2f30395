import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { ChangeFeed } from '../../platform/change-feed.js';
import { IdSource } from '../../platform/id-source.js';
import { SecretBox } from '../../platform/secrets.js';
import { byCreation, readPage } from '../control-plane/page.js';
import { ConsequencesService } from '../control-plane/dry-run/consequences.service.js';
import type { DryRun } from '../control-plane/dry-run/dry-run.js';
import { conflict, invalidField, notFound, nothingToChange } from '../control-plane/refusals.js';
import { timestamp } from '../control-plane/notation.js';
import { isTaken } from '../control-plane/storage-failures.js';
import { CircuitsService, type OpenCircuit } from '../../routing/circuits.service.js';
import { isBetaPattern, readBetaFlags } from '../../routing/beta-patterns.js';
import { RoutesService, viewRoute } from './routes.service.js';
import { findAddressFault } from '../control-plane/outbound-address.js';
import type {
  AddUpstreamBody,
  ChangeUpstreamBody,
  ListUpstreamsQuery,
  Upstream,
  UpstreamList,
} from './upstream.dto.js';
import { checkAuthentication, checkKindAddress, type UpstreamAccount } from './upstream-kinds.js';
import { type UpstreamColumns, type UpstreamRecord, UpstreamRepository } from './upstream.repository.js';

const CURSORS = byCreation<UpstreamRecord>('upstreams');

/** Providers' accounts and addresses. Their secrets come in and are encrypted; none ever comes out. */
@Injectable()
export class UpstreamsService {
  constructor(
    private readonly repository: UpstreamRepository,
    private readonly routes: RoutesService,
    private readonly secrets: SecretBox,
    private readonly feed: ChangeFeed,
    private readonly ids: IdSource,
    private readonly config: AppConfig,
    private readonly consequences: ConsequencesService,
    private readonly circuits: CircuitsService,
  ) {}

  async list(query: ListUpstreamsQuery): Promise<UpstreamList> {
    const { model: modelId, kind, enabled, search } = query;
    const { rows, next } = await readPage(query, CURSORS, (after, limit) =>
      this.repository.list({ modelId, kind, enabled, search }, after, limit),
    );
    return { upstreams: rows.map(row => this.view(row)), ...next };
  }

  /** @throws {GatewayError} not_found */
  async get(id: string): Promise<Upstream> {
    const upstream = await this.repository.find(id);
    if (upstream === null) throw notFound('upstream');
    return this.view(upstream);
  }

  /** @throws {GatewayError} conflict when the name is taken */
  async add(body: AddUpstreamBody): Promise<Upstream> {
    const { name, kind, secret = '', client_id: clientId = null, enabled = true } = body;
    const betaFlags = storedBetaFlags(body.beta_flags ?? null);
    const account = { kind, baseUrl: body.base_url, clientId };
    this.checkAddress(account);
    checkAuthentication(account, secret, this.config.production);
    const id = this.ids.prefixed('up');
    const routes = await this.routes.plan({ id, kind }, body.routes ?? [], 'routes');
    const columns = { name, baseUrl: withoutTrailingSlash(body.base_url), clientId, betaFlags, enabled };
    const encryptedSecret = this.secrets.encrypt(secret, upstreamSecretContext(id));
    return this.write(id, () => this.repository.add({ id, kind, ...columns, encryptedSecret }, routes));
  }

  async change(id: string, body: ChangeUpstreamBody): Promise<Upstream> {
    const known = await this.repository.find(id);
    if (known === null) throw notFound('upstream');
    const { client_id: clientId = known.clientId, base_url: baseUrl = known.baseUrl } = body;
    const account = { kind: known.kind, baseUrl, clientId };
    if (body.base_url !== undefined || body.client_id !== undefined) this.checkAddress(account);
    const { name, enabled, secret } = body;
    const columns: Partial<UpstreamColumns> = {
      ...(name === undefined ? {} : { name }),
      ...(enabled === undefined ? {} : { enabled }),
      ...(body.base_url === undefined ? {} : { baseUrl: withoutTrailingSlash(body.base_url) }),
      ...(body.client_id === undefined ? {} : { clientId: body.client_id }),
      ...(body.beta_flags === undefined ? {} : { betaFlags: storedBetaFlags(body.beta_flags) }),
      ...(secret === undefined ? {} : { encryptedSecret: this.secrets.encrypt(secret, upstreamSecretContext(id)) }),
    };
    if (Object.keys(columns).length === 0) throw nothingToChange();
    if (secret === undefined) refuseToMoveSecret(known, columns);
    else checkAuthentication(account, secret, this.config.production);
    return this.write(id, () => this.repository.change(known, columns));
  }

  /** Whether this is its secret already. */
  async holds(id: string, secret: string): Promise<boolean> {
    const known = await this.repository.find(id);
    if (known === null || this.secrets.stateOf(known.encryptedSecret, upstreamSecretContext(id)) === 'unreadable')
      return false;
    return this.secrets.decrypt(known.encryptedSecret, upstreamSecretContext(id)) === secret;
  }

  /** What a deletion would do. */
  async foresee(id: string): Promise<DryRun> {
    return this.consequences.ofUpstream(await this.get(id));
  }

  /** With its routes: requests that run go on, new ones go elsewhere. */
  async delete(id: string): Promise<void> {
    if (!(await this.repository.delete(id))) throw notFound('upstream');
    await this.feed.publish('upstreams', `upstream:${id}`);
  }

  private checkAddress(account: UpstreamAccount): void {
    const fault = findAddressFault(account.baseUrl, this.config.allowedHttpUpstreams, this.config.privatePlaces);
    if (fault !== null) throw invalidField('base_url', fault);
    checkKindAddress(account);
  }

  private async write(id: string, write: () => Promise<UpstreamRecord | null>): Promise<Upstream> {
    const written = await write().catch((error: unknown) => {
      throw isTaken(error) ? conflict('there is an upstream of that name already: choose another', 'name') : error;
    });
    if (written === null) throw conflict('someone else has just changed this upstream: look at it again, then repeat');
    await this.feed.publish('upstreams', `upstream:${id}`);
    return this.view(written);
  }

  private view(upstream: UpstreamRecord): Upstream {
    return viewUpstream(upstream, this.circuits.notClosed(upstream.id));
  }
}

/** @throws {GatewayError} invalid_request for what can be no flag */
function storedBetaFlags(patterns: readonly string[] | null): string | null {
  if (patterns?.some(pattern => !isBetaPattern(pattern))) {
    throw invalidField(
      'beta_flags',
      'must be flags of letters, digits, dots and dashes, each with at most a `*` at its end',
    );
  }
  return patterns?.join(',') ?? null;
}

/** Binds an encrypted secret to its row; routing opens it under the same name. */
export function upstreamSecretContext(id: string): string {
  return `upstream:${id}`;
}

/** Anyone who may change an address could otherwise have the stored secret sent to a server of theirs, and read it there. */
function refuseToMoveSecret(known: UpstreamRecord, { baseUrl, clientId }: Partial<UpstreamColumns>): void {
  if (baseUrl !== undefined && new URL(baseUrl).origin !== new URL(known.baseUrl).origin) {
    throw invalidField('secret', 'must be sent again when base_url moves to another host');
  }
  if (clientId !== undefined && clientId !== known.clientId) {
    throw invalidField('secret', 'must be sent again with another client_id');
  }
}

function withoutTrailingSlash(url: string): string {
  return url.replace(/(?<!\/)\/+$/, '');
}

function viewUpstream(upstream: UpstreamRecord, circuits: readonly OpenCircuit[]): Upstream {
  return {
    id: upstream.id,
    name: upstream.name,
    kind: upstream.kind,
    base_url: upstream.baseUrl,
    client_id: upstream.clientId,
    beta_flags: readBetaFlags(upstream.betaFlags),
    enabled: upstream.enabled,
    routes: upstream.routes.map(viewRoute),
    circuits: circuits.map(({ model, state, since, retryAt, cause }) => ({
      upstream_model: model,
      state,
      since: timestamp(new Date(since)),
      retry_at: timestamp(new Date(retryAt)),
      why: cause,
    })),
    created_at: timestamp(upstream.createdAt),
    updated_at: timestamp(upstream.updatedAt),
  };
}
