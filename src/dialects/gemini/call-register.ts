import { toolCallId } from '../neutral/tool-calls.js';

/**
 * Gives the calls of one conversation ids, and finds the call that a response answers: by its id where both have one, else
 * the first call of that name which has no answer yet.
 */
export class CallRegister {
  private readonly unanswered: { readonly id: string; readonly name: string }[] = [];

  /** @param place where the call stands: the same conversation gives the same ids again */
  call(id: string | null, name: string, place: string): string {
    const known = id ?? toolCallId('request', place);
    this.unanswered.push({ id: known, name });
    return known;
  }

  answer(id: string | null, name: string, place: string): string {
    const byId = this.unanswered.findIndex(call => call.id === id);
    const found = byId === -1 ? this.unanswered.findIndex(call => call.name === name) : byId;
    const [call] = found === -1 ? [] : this.unanswered.splice(found, 1);
    return call?.id ?? id ?? toolCallId('request', place);
  }
}
