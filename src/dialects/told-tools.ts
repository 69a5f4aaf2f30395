import type { Codec, EncodeRequestOptions, StreamDecoder } from './neutral/codec.js';
import { customArguments, customInput, CustomInputStream, asFunction } from './neutral/custom-tools.js';
import type { NeutralEvent } from './neutral/neutral-event.js';
import type {
  AssistantPart,
  ChatDialect,
  NeutralRequest,
  NeutralResponse,
  ToolCallPart,
  Turn,
} from './neutral/neutral.types.js';
import { toolPath } from './neutral/places.js';
import { withPlainToolNames } from './tool-names.js';
import { LossList } from './wire/loss-list.js';

/**
 * A codec of a target, for the tools of one request: their names are ones that the target takes, and custom tools are told
 * as functions where it takes no others. In answers the tools are again what the caller knows.
 */
export function withToldTools(codec: Codec, request: NeutralRequest): Codec {
  const named = withPlainToolNames(codec, request);
  const kinds = kindsOf(request);
  if (kinds.custom.size === 0 && !OPENAI.has(codec.dialect)) return named;
  return {
    ...named,
    encodeRequest: (decoded, options) => {
      if (kinds.custom.size === 0 || takesCustom(codec.dialect, options)) return named.encodeRequest(decoded, options);
      const losses = new LossList();
      const { wire, losses: others } = named.encodeRequest(asFunctions(decoded, losses), options);
      return { wire, losses: [...losses.losses, ...others] };
    },
    decodeResponse: wire => restored(named.decodeResponse(wire), kinds),
    createStreamDecoder: () => restoredStream(named.createStreamDecoder(), kinds),
  };
}

/** The dialects that have custom tools. */
const OPENAI: ReadonlySet<ChatDialect> = new Set<ChatDialect>(['chat_completions', 'openai_responses']);

/** Most servers that speak chat completions know functions only. */
function takesCustom(dialect: ChatDialect, { customTools = false }: EncodeRequestOptions): boolean {
  return dialect === 'openai_responses' || (dialect === 'chat_completions' && customTools);
}

/** The names of the caller's tools of each kind. */
interface Kinds {
  readonly custom: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
}

function kindsOf({ tools, turns }: NeutralRequest): Kinds {
  const custom = new Set<string>();
  const functions = new Set<string>();
  for (const { type, name } of tools) {
    if (type === 'custom') custom.add(name);
    else if (type === 'function') functions.add(name);
  }
  for (const { parts } of turns) for (const part of parts) if (isCustom(part)) custom.add(part.name);
  return { custom, functions };
}

function isCustom(part: { readonly type: string }): part is ToolCallPart {
  return part.type === 'tool-call' && (part as ToolCallPart).custom === true;
}

/** Whether a call of this name is one of a custom tool to the caller. @param told what the target calls it */
function isCustomTo({ custom, functions }: Kinds, name: string, told: boolean): boolean {
  return custom.has(name) && functions.has(name) ? told : custom.has(name);
}

function asFunctions(request: NeutralRequest, losses: LossList): NeutralRequest {
  const tools = request.tools.map((tool, index) => {
    if (tool.type !== 'custom') return tool;
    if (tool.grammar !== null) losses.add(`${toolPath(tool, index)}.format`, 'a grammar only describes the input here');
    return asFunction(tool);
  });
  const { turns } = request;
  return { ...request, tools, turns: turns.map(turnAsFunctions) };
}

function turnAsFunctions(turn: Turn): Turn {
  if (turn.role !== 'assistant' || !turn.parts.some(isCustom)) return turn;
  return { ...turn, parts: turn.parts.map(part => (isCustom(part) ? callOfFunction(part) : part)) };
}

function callOfFunction(part: ToolCallPart): ToolCallPart {
  const { custom: _, ...call } = part;
  return { ...call, arguments: customArguments(call.arguments) };
}

function restored(response: NeutralResponse, kinds: Kinds): NeutralResponse {
  const choices = response.choices.map(choice => ({
    ...choice,
    parts: choice.parts.map(part => restore(part, kinds)),
  }));
  return { ...response, choices };
}

function restore(part: AssistantPart, kinds: Kinds): AssistantPart {
  if (part.type !== 'tool-call') return part;
  const told = part.custom === true;
  if (isCustomTo(kinds, part.name, told) === told) return part;
  return told ? callOfFunction(part) : { ...part, custom: true, arguments: customInput(part.arguments) };
}

function restoredStream(decoder: StreamDecoder, kinds: Kinds): StreamDecoder {
  const calls = new Map<string, CallInput>();
  const restoredEvents = (events: readonly NeutralEvent[]) =>
    events.flatMap(event => restoreEvent(event, kinds, calls));
  const { losses } = decoder;
  return {
    push: event => restoredEvents(decoder.push(event)),
    end: () => restoredEvents(decoder.end()),
    ...(losses && { losses }),
  };
}

/** The input of a call that is told in another form than it comes in. */
interface CallInput {
  push(piece: string): string;
  end(): string;
}

/** Free text as the argument of a function, while it streams. */
class ArgumentStream implements CallInput {
  private opened = false;

  push(piece: string): string {
    if (piece === '') return '';
    const text = `${this.opened ? '' : OPENING}${JSON.stringify(piece).slice(1, -1)}`;
    this.opened = true;
    return text;
  }

  end(): string {
    return this.opened ? CLOSING : OPENING + CLOSING;
  }
}

const [OPENING = '', CLOSING = ''] = splitEmpty(customArguments(''));

function splitEmpty(text: string): readonly string[] {
  return [text.slice(0, -2), text.slice(-2)];
}

function restoreEvent(event: NeutralEvent, kinds: Kinds, calls: Map<string, CallInput>): NeutralEvent[] {
  if (event.type !== 'part-start' && event.type !== 'part-delta' && event.type !== 'part-end') return [event];
  const { choice, part } = event;
  const key = `${choice}.${part}`;
  if (event.type === 'part-start') {
    const { start } = event;
    if (start.type !== 'tool-call') return [event];
    const { custom: told = false, ...call } = start;
    const wanted = isCustomTo(kinds, start.name, told);
    if (wanted === told) return [event];
    calls.set(key, wanted ? new CustomInputStream() : new ArgumentStream());
    return [{ ...event, start: wanted ? { ...call, custom: true } : call }];
  }
  const call = calls.get(key);
  if (call === undefined) return [event];
  if (event.type === 'part-delta') return [{ ...event, text: call.push(event.text) }];
  calls.delete(key);
  const text = call.end();
  return text === '' ? [event] : [{ type: 'part-delta', choice, part, text }, event];
}
