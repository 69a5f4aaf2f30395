import type { AssistantPart, Turn, UserPart } from './neutral.types.js';
import { toolCallId } from './tool-calls.js';

/**
 * The conversation with an id of its own for each call, and the same id in its result. Some servers count the calls of each
 * answer anew (`call_0`); others want every id once, or look by it for the name of the function. A result belongs to the first
 * call of its id in the latest step that has no result yet. The same list where no id comes twice.
 */
export function withDistinctCalls(turns: readonly Turn[]): readonly Turn[] {
  if (!repeatsId(turns)) return turns;
  const calls = new Calls();
  return turns.map((turn): Turn => {
    if (turn.role === 'assistant') return { ...turn, parts: turn.parts.map(part => calls.call(part)) };
    calls.endStep();
    return turn.role === 'system' ? turn : { ...turn, parts: turn.parts.map(part => calls.result(part)) };
  });
}

function repeatsId(turns: readonly Turn[]): boolean {
  const seen = new Set<string>();
  for (const { parts } of turns) {
    for (const part of parts) {
      if (part.type !== 'tool-call') continue;
      if (seen.has(part.id)) return true;
      seen.add(part.id);
    }
  }
  return false;
}

/** The calls that were given with one id. */
interface SameId {
  readonly count: number;
  readonly step: number;
  /** the new ids of those of the latest step */
  readonly ids: string[];
  /** how many of them have a result */
  answered: number;
}

class Calls {
  private readonly byId = new Map<string, SameId>();
  private step = 0;

  endStep(): void {
    this.step += 1;
  }

  call(part: AssistantPart): AssistantPart {
    if (part.type !== 'tool-call') return part;
    const same: SameId = this.byId.get(part.id) ?? { count: 0, step: this.step, ids: [], answered: 0 };
    const id = same.count === 0 ? part.id : toolCallId(part.id, same.count);
    const before: Pick<SameId, 'ids' | 'answered'> = same.step === this.step ? same : { ids: [], answered: 0 };
    before.ids.push(id);
    this.byId.set(part.id, { ...before, count: same.count + 1, step: this.step });
    return id === part.id ? part : { ...part, id };
  }

  result(part: UserPart): UserPart {
    if (part.type !== 'tool-result') return part;
    const same = this.byId.get(part.callId);
    const callId = same?.ids[same.answered] ?? same?.ids.at(-1);
    if (same === undefined || callId === undefined) return part;
    same.answered += 1;
    return callId === part.callId ? part : { ...part, callId };
  }
}
