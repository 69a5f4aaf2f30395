import type { AssistantPart, ToolResultPart, Turn, UserPart } from './neutral.types.js';

type AssistantTurn = Extract<Turn, { readonly role: 'assistant' }>;

/** Neighbouring turns of the model that hold calls, and what answered them. */
interface Calls {
  readonly results: ToolResultPart[];
  /** something stands between a call and its result */
  apart: boolean;
}

/**
 * The conversation with the result of each call directly behind the turn that holds the call, which most vendors demand: what
 * stood between them (instructions, words) stands behind the results. The calls of a step are one turn.
 */
export function resultsBehindCalls(turns: readonly Turn[]): readonly Turn[] {
  const joined = joinCallTurns(turns);
  const order = new Order();
  for (const turn of joined) order.add(turn);
  return order.turns ?? joined;
}

class Order {
  private readonly kept: { readonly turn: Turn; readonly calls: Calls | null }[] = [];
  private readonly byId = new Map<string, Calls>();
  /** of the results that move with their calls */
  private readonly homes = new Map<UserPart, Calls>();
  /** the calls that nothing but results stands behind so far */
  private latest: Calls | null = null;
  private moves = false;

  add(turn: Turn): void {
    if (turn.role === 'assistant') this.assistant(turn);
    else {
      for (const part of turn.parts) this.part(part);
      if (turn.role === 'system') this.latest = null;
      this.kept.push({ turn, calls: null });
    }
  }

  /** Null where everything stands where it should. */
  get turns(): readonly Turn[] | null {
    if (!this.moves) return null;
    return this.kept.flatMap(({ turn, calls }): readonly Turn[] => {
      if (turn.role === 'assistant') {
        return calls?.apart === true ? [turn, { role: 'user', parts: calls.results }] : [turn];
      }
      if (turn.role === 'system') return [turn];
      const parts = turn.parts.filter(part => this.homes.get(part)?.apart !== true);
      if (parts.length === turn.parts.length) return [turn];
      return parts.length === 0 ? [] : [{ ...turn, parts }];
    });
  }

  private assistant(turn: AssistantTurn): void {
    const calls: Calls = { results: [], apart: false };
    for (const part of turn.parts) if (part.type === 'tool-call') this.byId.set(part.id, calls);
    this.latest = calls;
    this.kept.push({ turn, calls });
  }

  private part(part: UserPart): void {
    if (part.type !== 'tool-result') {
      this.latest = null;
      return;
    }
    const calls = this.byId.get(part.callId);
    if (calls === undefined) return;
    calls.results.push(part);
    this.homes.set(part, calls);
    if (calls !== this.latest) this.moves = calls.apart = true;
  }
}

/** Neighbouring turns of the model as one, where one of them but the last holds a call: its result may not stand before the others. */
function joinCallTurns(turns: readonly Turn[]): readonly Turn[] {
  const joined: Turn[] = [];
  /** the parts of the last turn, where that was made here */
  let open: AssistantPart[] | null = null;
  for (const turn of turns) {
    const last = joined.at(-1);
    if (turn.role !== 'assistant' || last?.role !== 'assistant' || !(open !== null || last.parts.some(isCall))) {
      joined.push(turn);
      open = null;
    } else if (open === null) {
      open = [...last.parts, ...turn.parts];
      joined.splice(-1, 1, { ...turn, ...last, parts: open });
    } else for (const part of turn.parts) open.push(part);
  }
  return joined;
}

function isCall({ type }: AssistantPart): boolean {
  return type === 'tool-call';
}
