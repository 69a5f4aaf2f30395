import { FOLLOW_CHANGE } from '../../platform/change-feed.js';
import { addCounts, type MetricsSnapshot, READ_ALL_METRICS, READ_METRICS } from '../../platform/metric-sums.js';
import type { Channel, Notice, Question } from '../../platform/siblings/channel.js';
import { HITS_COUNTED } from '../../platform/throttling/hit-news.js';
import { HitShares, RETURN_HITS, TAKE_HITS } from '../../platform/throttling/hit-shares.js';

/** A worker whose event loop is held for so long is answered for without it. */
const ANSWER_MS = 1_500;

/**
 * Connects the workers of one gateway: what one tells goes to all others, what one asks is answered for all. It also keeps
 * what must outlive a worker: the hits of throttlers that were granted, and the counts of the dead.
 */
export class Switchboard {
  private readonly channels = new Map<number, Channel>();
  private readonly hits: HitShares;
  private readonly lastMetrics = new Map<number, MetricsSnapshot>();
  private deadCounts: MetricsSnapshot = [];

  /** @param own what the primary itself has measured */
  constructor(
    workers: number,
    private readonly own: () => MetricsSnapshot,
  ) {
    this.hits = new HitShares(workers, async (worker, window) => {
      const channel = this.channels.get(worker);
      return channel === undefined ? 0 : channel.ask(RETURN_HITS, window, ANSWER_MS).catch(() => 0);
    });
  }

  /** @param worker never used before */
  connect(worker: number, channel: Channel): void {
    this.channels.set(worker, channel);
    channel.onAsked(TAKE_HITS, request => this.hits.take(worker, request));
    channel.onAsked(READ_ALL_METRICS, () => this.readMetrics());
    this.askOthers(worker, channel, FOLLOW_CHANGE);
    this.tellOthers(worker, channel, HITS_COUNTED);
  }

  /** The worker is gone. */
  disconnect(worker: number): void {
    this.channels.get(worker)?.close();
    this.channels.delete(worker);
    this.hits.forget(worker);
    this.deadCounts = addCounts(this.deadCounts, this.lastMetrics.get(worker) ?? []);
    this.lastMetrics.delete(worker);
  }

  /** Answered when all others have answered. One that does not yet, or not in time, is not waited for. */
  private askOthers<Asked>(worker: number, channel: Channel, question: Question<Asked, void>): void {
    channel.onAsked(question, async asked => {
      await Promise.all(this.others(worker).map(other => other.ask(question, asked, ANSWER_MS).catch(() => undefined)));
    });
  }

  private tellOthers<Told>(worker: number, channel: Channel, notice: Notice<Told>): void {
    channel.onTold(notice, told => {
      for (const other of this.others(worker)) other.tell(notice, told);
    });
  }

  /** Of a worker that does not answer, what it last said: a sum must not shrink. */
  private async readMetrics(): Promise<readonly MetricsSnapshot[]> {
    const read = async ([worker, channel]: readonly [number, Channel]): Promise<void> => {
      const snapshot = await channel.ask(READ_METRICS, null, ANSWER_MS).catch(() => null);
      if (snapshot !== null && this.channels.has(worker)) this.lastMetrics.set(worker, snapshot);
    };
    await Promise.all([...this.channels].map(read));
    // One that died meanwhile is among the dead.
    return [...this.lastMetrics.values(), this.deadCounts, this.own()];
  }

  private others(worker: number): readonly Channel[] {
    return [...this.channels].filter(([other]) => other !== worker).map(([, channel]) => channel);
  }
}
