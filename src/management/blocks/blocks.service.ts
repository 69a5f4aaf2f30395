import { Injectable } from '@nestjs/common';
import type { Operator } from '../../identity/identity.types.js';
import { ChangeFeed } from '../../platform/change-feed.js';
import { Clock } from '../../platform/clock.js';
import { IdSource } from '../../platform/id-source.js';
import { byCreation, readPage } from '../control-plane/page.js';
import { conflict, invalidField, notFound, nothingToChange } from '../control-plane/refusals.js';
import { timestamp } from '../control-plane/notation.js';
import type { Block, BlockList, ChangeBlockBody, ListBlocksQuery, SetBlockBody } from './block.dto.js';
import { type BlockRecord, BlockRepository } from './block.repository.js';
import { ScopeRepository } from '../control-plane/access/tenant-scope.repository.js';

const CURSORS = byCreation<BlockRecord>('blocks');

/** Manual stops of what is the operator's: the organization, projects, branches and credentials. */
@Injectable()
export class BlocksService {
  constructor(
    private readonly scopes: ScopeRepository,
    private readonly repository: BlockRepository,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  async list(operator: Operator, query: ListBlocksQuery): Promise<BlockList> {
    const { scope_type: scopeType, scope_id: scopeId, lifted } = query;
    const filter = { scopeType, scopeId, lifted, now: new Date(this.clock.now()) };
    const { rows, next } = await readPage(query, CURSORS, (after, limit) =>
      this.repository.list(operator, filter, after, limit),
    );
    return { blocks: rows.map(viewBlock), ...next };
  }

  /** @throws {GatewayError} not_found */
  async get(operator: Operator, id: string): Promise<Block> {
    return viewBlock(await this.find(operator, id));
  }

  /** New requests of the scope are refused once this resolves. */
  async set(operator: Operator, body: SetBlockBody): Promise<Block> {
    const { scope_type: scopeType, scope_id: scopeId, reason = null } = body;
    const until = this.endOf(body);
    if (!(await this.scopes.isOwn(operator, scopeType, scopeId))) throw notFound(scopeType, 'scope_id');
    const block = await this.repository.add({ id: this.ids.prefixed('blk'), scopeType, scopeId, reason, until });
    await this.feed.publish('blocks', `block:${block.id}`);
    return viewBlock(block);
  }

  /** @throws {GatewayError} conflict for a block that is over: another must be set */
  async change(operator: Operator, id: string, body: ChangeBlockBody): Promise<Block> {
    const { reason, until, for_seconds: seconds } = body;
    const ending = until !== undefined || seconds !== undefined;
    if (!ending && reason === undefined) throw nothingToChange();
    const end = this.endOf(body);
    await this.find(operator, id);
    const columns = { ...(ending ? { until: end } : {}), ...(reason === undefined ? {} : { reason }) };
    const changed = await this.repository.change(id, columns, new Date(this.clock.now()));
    if (changed === null) throw conflict('the block has ended: set a new one');
    await this.feed.publish('blocks', `block:${id}`);
    return viewBlock(changed);
  }

  /** Lifting it again changes nothing. */
  async lift(operator: Operator, id: string): Promise<void> {
    await this.find(operator, id);
    await this.repository.lift(id, new Date(this.clock.now()));
    await this.feed.publish('blocks', `block:${id}`);
  }

  private async find(operator: Operator, id: string): Promise<BlockRecord> {
    const block = await this.repository.find(id);
    const [own] = block === null ? [] : await this.scopes.keepOwn(operator, [block]);
    if (own === undefined) throw notFound('block');
    return own;
  }

  private endOf({ until, for_seconds: seconds }: Pick<SetBlockBody, 'until' | 'for_seconds'>): Date | null {
    if (until != null && seconds !== undefined)
      throw invalidField('for_seconds', 'cannot be given together with until: remove one');
    const now = this.clock.now();
    if (seconds !== undefined) return new Date(now + seconds * 1_000);
    if (until == null) return null;
    const end = new Date(until);
    if (end.getTime() <= now) throw invalidField('until', 'must lie in the future');
    return end;
  }
}

export function viewBlock({ id, scopeType, scopeId, reason, until, createdAt, liftedAt }: BlockRecord): Block {
  return {
    id,
    scope_type: scopeType,
    scope_id: scopeId,
    ...(reason === null ? {} : { reason }),
    ...(until === null ? {} : { until: timestamp(until) }),
    created_at: timestamp(createdAt),
    ...(liftedAt === null ? {} : { lifted_at: timestamp(liftedAt) }),
  };
}
