import { toolCallId } from '../neutral/tool-calls.js';
import { UnansweredCalls } from '../neutral/unanswered-calls.js';

/**
 * Gives the calls of one conversation ids, and finds the call that a response answers: by its id where both have one, else
 * the first call of that name which has no answer yet.
 */
export class CallRegister {
  private readonly unanswered = new UnansweredCalls();

  /** @param place where the call stands: the same conversation gives the same ids again */
  call(id: string | null, name: string, place: string): string {
    const known = id ?? toolCallId('request', place);
    this.unanswered.add(known, name);
    return known;
  }

  answer(id: string | null, name: string, place: string): string {
    const byId = id === null ? null : this.unanswered.takeId(id);
    return byId ?? this.unanswered.takeNamed(name) ?? id ?? toolCallId('request', place);
  }
}
