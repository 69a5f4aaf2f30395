import { within } from '../within.js';

/** A kind of question that one process asks another: its name on the wire and the shapes of both sides, which JSON carries. */
export interface Question<Asked, Answer> {
  readonly topic: string;
  readonly shapes?: (asked: Asked) => Answer;
}

/** A kind of message that nobody answers. */
export interface Notice<Told> {
  readonly topic: string;
  readonly shape?: (told: Told) => void;
}

/** What carries messages to one other process and from it, in order: `node:cluster`'s channel, or a test's. */
export interface Wire {
  /** Never throws: what cannot be carried any more is lost. */
  send(message: object): void;
  listen(take: (message: unknown) => void): void;
}

type Message =
  | { readonly kind: 'notice'; readonly topic: string; readonly body: unknown }
  | { readonly kind: 'question'; readonly id: number; readonly topic: string; readonly body: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly body?: unknown; readonly failure?: string };

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

type Take = (body: never) => unknown;

/** The other process has ended, or is about to. */
export class ChannelClosedError extends Error {
  override readonly name = 'ChannelClosedError';
}

/** Questions and notices between two processes of one gateway. Both ends are alike. */
export class Channel {
  private readonly pending = new Map<number, Pending>();
  private readonly handlers = new Map<string, Take>();
  private lastId = 0;
  private closed = false;

  constructor(private readonly wire: Wire) {
    wire.listen(message => this.receive(message as Message));
  }

  /**
   * @param withinMs milliseconds until the question counts as unanswered
   * @throws {Error} what the other process says went wrong, that it was too late, or {@link ChannelClosedError}
   */
  async ask<Asked, Answer>({ topic }: Question<Asked, Answer>, asked: Asked, withinMs: number): Promise<Answer> {
    if (this.closed) throw new ChannelClosedError('the other process has ended');
    this.lastId += 1;
    const id = this.lastId;
    const answer = new Promise<unknown>((resolve, reject) => this.pending.set(id, { resolve, reject }));
    this.wire.send({ kind: 'question', id, topic, body: asked } satisfies Message);
    try {
      return (await within(withinMs, `the question "${topic}"`, answer)) as Answer;
    } finally {
      this.pending.delete(id);
    }
  }

  tell<Told>({ topic }: Notice<Told>, told: Told): void {
    if (!this.closed) this.wire.send({ kind: 'notice', topic, body: told } satisfies Message);
  }

  /** One handler a question. A question without one is answered with a failure. */
  onAsked<Asked, Answer>({ topic }: Question<Asked, Answer>, answer: (asked: Asked) => Answer | Promise<Answer>): void {
    this.handlers.set(topic, answer);
  }

  /** One handler a notice. A notice without one is lost. */
  onTold<Told>({ topic }: Notice<Told>, take: (told: Told) => void): void {
    this.handlers.set(topic, take);
  }

  /** The other process is gone: every open question fails, and so does each that follows. */
  close(): void {
    this.closed = true;
    for (const { reject } of this.pending.values()) reject(new ChannelClosedError('the other process has ended'));
    this.pending.clear();
  }

  private receive(message: Message): void {
    if (message.kind === 'notice') this.handlers.get(message.topic)?.(message.body as never);
    else if (message.kind === 'question') void this.answer(message.id, message.topic, message.body);
    else if (message.kind === 'answer') this.settle(message.id, message.body, message.failure);
  }

  private async answer(id: number, topic: string, body: unknown): Promise<void> {
    try {
      const handler = this.handlers.get(topic);
      if (handler === undefined) throw new Error(`nobody here answers "${topic}"`);
      this.wire.send({ kind: 'answer', id, body: await handler(body as never) } satisfies Message);
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      this.wire.send({ kind: 'answer', id, failure } satisfies Message);
    }
  }

  private settle(id: number, body: unknown, failure: string | undefined): void {
    const pending = this.pending.get(id);
    if (failure === undefined) pending?.resolve(body);
    else pending?.reject(new Error(failure));
  }
}
