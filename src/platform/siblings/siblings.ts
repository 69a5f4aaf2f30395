import type { Channel, Notice, Question } from './channel.js';

/**
 * The other processes of this gateway, where several serve behind one port. All of it goes through the primary process,
 * which answers for all or hands on.
 */
export class Siblings {
  /** What a process has that serves by itself. */
  static readonly NONE = new Siblings(null);

  constructor(private readonly channel: Channel | null) {}

  get none(): boolean {
    return this.channel === null;
  }

  /** @throws {Error} when there are none, or no answer came within so many milliseconds */
  ask<Asked, Answer>(question: Question<Asked, Answer>, asked: Asked, withinMs: number): Promise<Answer> {
    if (this.channel === null) return Promise.reject(new Error('there are no other processes'));
    return this.channel.ask(question, asked, withinMs);
  }

  tell<Told>(notice: Notice<Told>, told: Told): void {
    this.channel?.tell(notice, told);
  }

  onAsked<Asked, Answer>(question: Question<Asked, Answer>, answer: (asked: Asked) => Answer | Promise<Answer>): void {
    this.channel?.onAsked(question, answer);
  }

  onTold<Told>(notice: Notice<Told>, take: (told: Told) => void): void {
    this.channel?.onTold(notice, take);
  }
}
