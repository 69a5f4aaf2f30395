import type { LossList } from '../wire/loss-list.js';
import type { AssistantPart, ToolCallPart, ToolResultPart, Turn, UserPart } from './neutral.types.js';
import { partPath, turnPath } from './places.js';

type UserTurn = Extract<Turn, { readonly role: 'user' }>;

/** Where a result goes that cannot stay: behind its call, or into the words of the user. */
type Fate = { readonly to: string } | 'words';

/**
 * The conversation with a result for each call, and a call for each result: every vendor refuses one without the other. A
 * result that stands before its call goes behind it; one that answers no call, or a call that has one already, becomes words of
 * the user; a call that nobody answered is given a result that says so. Each is named. Ids of calls are distinct here.
 */
export function withPairedResults(turns: readonly Turn[], losses: LossList): readonly Turn[] {
  return withMissingResults(withFittingResults(turns, losses), losses);
}

function withFittingResults(turns: readonly Turn[], losses: LossList): readonly Turn[] {
  const fates = fatesOf(turns);
  if (fates.size === 0) return turns;
  const early = new Map<string, ToolResultPart>();
  for (const [part, fate] of fates) if (fate !== 'words') early.set(fate.to, part);
  return turns.flatMap((turn, index): readonly Turn[] => {
    const path = turnPath(turn, index);
    if (turn.role === 'system') return [turn];
    if (turn.role === 'assistant') {
      const results = callsOf(turn).flatMap(({ id }) => early.get(id) ?? []);
      return results.length === 0 ? [turn] : [turn, { role: 'user', parts: results }];
    }
    const parts = turn.parts.flatMap((part, place): readonly UserPart[] => {
      const fate = part.type === 'tool-result' ? fates.get(part) : undefined;
      if (fate === undefined) return [part];
      const field = partPath(part, place, turn, path);
      if (fate !== 'words') {
        losses.add(field, 'stands before its call; it is told behind it');
        return [];
      }
      losses.add(field, 'answers no call that has no result yet; it is told as words of the user');
      return inWords(part as ToolResultPart, field);
    });
    return parts.length === 0 && turn.parts.length > 0 ? [] : [{ ...turn, parts }];
  });
}

/** Of the results that do not stay. One behind its call comes before one that stands before it. */
function fatesOf(turns: readonly Turn[]): ReadonlyMap<ToolResultPart, Fate> {
  const calls = new Set<string>();
  const answered = new Set<string>();
  const left: ToolResultPart[] = [];
  for (const turn of turns) {
    if (turn.role === 'assistant') for (const { id } of callsOf(turn)) calls.add(id);
    if (turn.role !== 'user') continue;
    for (const part of resultsOf(turn)) {
      if (!calls.has(part.callId) || answered.has(part.callId)) left.push(part);
      else answered.add(part.callId);
    }
  }
  return new Map(
    left.map((part): [ToolResultPart, Fate] => {
      if (!calls.has(part.callId) || answered.has(part.callId)) return [part, 'words'];
      answered.add(part.callId);
      return [part, { to: part.callId }];
    }),
  );
}

function inWords({ name, content, cache, isError }: ToolResultPart, at: string): readonly UserPart[] {
  const of = name === null ? 'a tool' : `the tool ${name}`;
  const parts: readonly UserPart[] = [
    { type: 'text', text: `${isError ? 'Error' : 'Result'} of ${of}, called before this conversation:`, at },
    ...content,
  ];
  const last = parts.at(-1);
  return cache === undefined || last === undefined ? parts : [...parts.slice(0, -1), { cache, ...last }];
}

/** Results stand behind their calls here, or further on, as long as nobody put them in order. */
function withMissingResults(turns: readonly Turn[], losses: LossList): readonly Turn[] {
  const answered = new Set(
    turns.flatMap(turn => (turn.role === 'user' ? resultsOf(turn).map(part => part.callId) : [])),
  );
  return turns.flatMap((turn, index): readonly Turn[] => {
    if (turn.role !== 'assistant') return [turn];
    const results = turn.parts.flatMap((part, place): readonly ToolResultPart[] => {
      if (part.type !== 'tool-call' || answered.has(part.id)) return [];
      const field = partPath(part, place, turn, turnPath(turn, index));
      losses.add(field, 'has no result in the conversation, which the model is told');
      return [noResult(part, field)];
    });
    return results.length === 0 ? [turn] : [turn, { role: 'user', parts: results }];
  });
}

function noResult({ id, name }: ToolCallPart, at: string): ToolResultPart {
  const text = 'There is no result: the conversation went on without one.';
  return { type: 'tool-result', callId: id, name, content: [{ type: 'text', text, at }], isError: false, at };
}

function callsOf({ parts }: { readonly parts: readonly AssistantPart[] }): readonly ToolCallPart[] {
  return parts.filter(part => part.type === 'tool-call');
}

function resultsOf({ parts }: UserTurn): readonly ToolResultPart[] {
  return parts.filter(part => part.type === 'tool-result');
}
