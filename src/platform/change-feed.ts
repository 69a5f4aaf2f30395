import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy, Optional } from '@nestjs/common';
import pg from 'pg';
import { Clock } from './clock.js';
import { observeDatabaseClock } from './database-clock.js';
import { describeCause, Log } from './logging.js';
import { DatabaseLocation } from './prisma/prisma.service.js';
import { afterCommit } from './prisma/together.js';
import type { Question } from './siblings/channel.js';
import { Siblings } from './siblings/siblings.js';

/** What an administrator may change while requests run. */
export type ChangeTopic = 'identity' | 'catalog' | 'upstreams' | 'limits' | 'blocks';

export interface Change {
  readonly topic: ChangeTopic;
  /** What changed (`credential:<id>`, `branch:<id>`), or `*` for anything of the topic. */
  readonly key: string;
  /**
   * Absent where somebody said that something changed. Else nobody did, and one may have said it unheard since then
   * (monotonic milliseconds): what is known must be looked at again, but it is not known to be wrong.
   */
  readonly unheardSince?: number;
}

/** A change that another process of this gateway has made. It is answered when this process follows it. */
interface SiblingChange {
  readonly topic: ChangeTopic;
  readonly key: string;
  /** bears it in the database's notice too, which this process need not follow again */
  readonly id: string;
}

/** The primary asks it of every other process. */
export const FOLLOW_CHANGE: Question<SiblingChange, void> = { topic: 'follow-change' };

type ChangeHandler = (change: Change) => void | Promise<void>;

const CHANNEL = 'bough_changes';
const RECONNECT_MIN_MS = 200;
const RECONNECT_MAX_MS = 5_000;
const POLL_MS = 30_000;
/** A write is not answered later because a process of this gateway hangs: it follows when it can. */
const SIBLINGS_MS = 2_000;
const MAX_FOLLOWED = 1_000;
const TOPICS: readonly ChangeTopic[] = ['identity', 'catalog', 'upstreams', 'limits', 'blocks'];

/**
 * Tells every module, on every replica, that something changed. The writer's own modules are told before the write is
 * answered; the others hear it through Postgres NOTIFY. A lost connection is treated as "anything may have changed",
 * and a slow poll covers what a half-open connection would swallow (decision D4). Where several processes serve behind one
 * port, all of them follow a change before its write is answered.
 */
@Injectable()
export class ChangeFeed implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly handlers = new Map<ChangeTopic, ChangeHandler[]>();
  private readonly origin = randomUUID();
  private listener: pg.Client | null = null;
  /** monotonic milliseconds from which on no changes are heard; null while they are */
  private deafSince: number | null;
  private retryTimer: NodeJS.Timeout | null = null;
  private pollTimer: NodeJS.Timeout | null = null;
  private retryDelayMs = RECONNECT_MIN_MS;
  private closed = false;
  /** of other processes of this gateway, followed before the database told of them */
  private readonly followed = new Set<string>();

  constructor(
    private readonly location: DatabaseLocation,
    private readonly log: Log,
    private readonly clock: Clock = new Clock(),
    @Optional() private readonly siblings: Siblings = Siblings.NONE,
  ) {
    this.deafSince = clock.monotonicMs();
    siblings.onAsked(FOLLOW_CHANGE, change => this.follow(change));
  }

  /** Whether changes made on other replicas reach this one right now. */
  get connected(): boolean {
    return this.listener !== null;
  }

  /** Monotonic milliseconds of the moment until which every change was heard; null while they are heard. */
  get lostAt(): number | null {
    return this.deafSince;
  }

  on(topic: ChangeTopic, handler: ChangeHandler): void {
    this.handlers.set(topic, [...(this.handlers.get(topic) ?? []), handler]);
  }

  /**
   * Call after the write is committed: resolves when this replica follows it and the others have been told. Within several
   * writes that hold together it waits for all of them, and says of the topic that anything may have changed.
   */
  async publish(topic: ChangeTopic, key = '*'): Promise<void> {
    if (afterCommit(topic, () => this.publish(topic))) return;
    const id = randomUUID();
    await this.dispatch({ topic, key });
    const followed = this.tellSiblings({ topic, key, id });
    const payload = JSON.stringify({ topic, key, id, origin: this.origin });
    try {
      await this.announce(payload);
    } catch (error) {
      this.log.warn('a change was not announced to other replicas; they follow at their next poll', {
        topic,
        cause: describeCause(error),
      });
    }
    await followed;
  }

  /** Never rejects: the database tells them as well. */
  private async tellSiblings(change: SiblingChange): Promise<void> {
    if (this.siblings.none) return;
    await this.siblings.ask(FOLLOW_CHANGE, change, SIBLINGS_MS).catch((error: unknown) => {
      this.log.warn('another process of this gateway follows a change late', {
        topic: change.topic,
        cause: describeCause(error),
      });
    });
  }

  private async follow({ topic, key, id }: SiblingChange): Promise<void> {
    const [oldest] = this.followed;
    if (this.followed.size >= MAX_FOLLOWED && oldest !== undefined) this.followed.delete(oldest);
    this.followed.add(id);
    await this.dispatch({ topic, key });
  }

  /** Through the listener's connection, or through one of its own: that ours is lost does not mean theirs are. */
  private async announce(payload: string): Promise<void> {
    const { listener } = this;
    const sent = await listener?.query('SELECT pg_notify($1, $2)', [CHANNEL, payload]).catch(() => null);
    if (sent != null) return;
    const client = new pg.Client({
      connectionString: this.location.url,
      connectionTimeoutMillis: 2_000,
      query_timeout: 2_000,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT pg_notify($1, $2)', [CHANNEL, payload]);
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.connect();
    this.pollTimer = setInterval(() => void this.poll(), POLL_MS).unref();
  }

  /**
   * Looks whether the listener still hears, for a connection that is half open does not say so, and has everything loaded
   * again that it could have missed. Never rejects.
   */
  async poll(): Promise<void> {
    const { listener } = this;
    if (listener !== null) {
      try {
        await observeDatabaseClock(this.clock, listener);
      } catch (error) {
        this.lost(listener, error);
        return;
      }
    }
    await this.everythingMayHaveChanged(this.deafSince ?? this.clock.monotonicMs());
  }

  async onModuleDestroy(): Promise<void> {
    this.closed = true;
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    if (this.pollTimer !== null) clearInterval(this.pollTimer);
    const listener = this.listener;
    this.listener = null;
    await listener?.end().catch(() => undefined);
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.location.url,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', error => this.lost(client, error));
    client.on('end', () => this.lost(client, null));
    client.on('notification', message => void this.hear(message.payload ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      await observeDatabaseClock(this.clock, client);
    } catch (error) {
      this.lost(client, error);
      return;
    }
    if (this.closed) {
      await client.end().catch(() => undefined);
      return;
    }
    const unheardSince = this.deafSince ?? this.clock.monotonicMs();
    this.listener = client;
    this.deafSince = null;
    this.retryDelayMs = RECONNECT_MIN_MS;
    await this.everythingMayHaveChanged(unheardSince);
  }

  private lost(client: pg.Client, error: unknown): void {
    if (this.closed || (this.listener !== null && this.listener !== client) || this.retryTimer !== null) return;
    this.listener = null;
    this.deafSince ??= this.clock.monotonicMs();
    if (error !== null)
      this.log.warn('the change listener lost its database connection', { cause: describeCause(error) });
    client.end().catch(() => undefined);
    this.retryTimer = setTimeout(() => {
      this.retryTimer = null;
      void this.connect();
    }, this.retryDelayMs).unref();
    this.retryDelayMs = Math.min(this.retryDelayMs * 2, RECONNECT_MAX_MS);
  }

  private async hear(payload: string): Promise<void> {
    const change = parseChange(payload);
    if (change === null || change.origin === this.origin || this.followed.delete(change.id)) return;
    await this.dispatch(change);
  }

  private async everythingMayHaveChanged(unheardSince: number): Promise<void> {
    for (const topic of TOPICS) await this.dispatch({ topic, key: '*', unheardSince });
  }

  private async dispatch(change: Change): Promise<void> {
    for (const handler of this.handlers.get(change.topic) ?? []) {
      try {
        await handler(change);
      } catch (error) {
        this.log.error('a change could not be applied here yet', { topic: change.topic, cause: describeCause(error) });
      }
    }
  }
}

type AnnouncedChange = Change & { readonly origin: string; readonly id: string };

function parseChange(payload: string): AnnouncedChange | null {
  try {
    const value = JSON.parse(payload) as Partial<AnnouncedChange>;
    const known = TOPICS.find(topic => topic === value.topic);
    return known !== undefined && typeof value.key === 'string' && typeof value.origin === 'string'
      ? { topic: known, key: value.key, origin: value.origin, id: value.id ?? '' }
      : null;
  } catch {
    return null;
  }
}
