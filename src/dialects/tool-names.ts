import { createHash } from 'node:crypto';
import type { Codec, StreamDecoder } from './neutral/codec.js';
import type { NeutralEvent } from './neutral/neutral-event.js';
import type { NeutralRequest, NeutralResponse, Tool, Turn } from './neutral/neutral.types.js';

/** A new name has at most 64 characters: these, a hash of ten, two underscores. */
const KEPT_CHARACTERS = 52;

/**
 * A codec of a target that takes only plain names of tools, for a request that has others (`mcp__a-long-server__a-long-tool`).
 * The target is told short names, the same ones at every turn, so that its prompt cache holds; the caller sees its own.
 * The codec itself where every name is plain.
 */
export function withPlainToolNames(codec: Codec, request: NeutralRequest): Codec {
  const told = new Map<string, string>();
  for (const name of namesOf(request)) {
    if (!codec.toolName.test(name)) told.set(name, plainName(name));
  }
  if (told.size === 0) return codec;
  const own = new Map([...told].map(([name, plain]) => [plain, name]));
  const tell = (name: string) => told.get(name) ?? name;
  const restore = (name: string) => own.get(name) ?? name;
  return {
    ...codec,
    encodeRequest: (decoded, options) => codec.encodeRequest(renamedRequest(decoded, tell), options),
    decodeResponse: wire => renamedResponse(codec.decodeResponse(wire), restore),
    createStreamDecoder: () => renamedStream(codec.createStreamDecoder(), restore),
  };
}

type Rename = (name: string) => string;

/** What can be read of the name, and enough of its hash to tell it from its like. */
function plainName(name: string): string {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 10);
  return `_${name.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, KEPT_CHARACTERS)}_${digest}`;
}

function namesOf({ tools, toolChoice, turns }: NeutralRequest): ReadonlySet<string> {
  const names = new Set(tools.flatMap(tool => (tool.type === 'vendor' ? [] : [tool.name])));
  if (toolChoice?.type === 'tool') names.add(toolChoice.name);
  if (toolChoice?.type === 'allowed') for (const name of toolChoice.names) names.add(name);
  for (const turn of turns) {
    for (const part of turn.parts) {
      if ((part.type === 'tool-call' || part.type === 'tool-result') && part.name !== null) names.add(part.name);
    }
  }
  return names;
}

function renamedRequest(request: NeutralRequest, rename: Rename): NeutralRequest {
  const { tools, toolChoice, turns } = request;
  return {
    ...request,
    tools: tools.map((tool): Tool => (tool.type === 'vendor' ? tool : { ...tool, name: rename(tool.name) })),
    toolChoice:
      toolChoice?.type === 'tool'
        ? { ...toolChoice, name: rename(toolChoice.name) }
        : toolChoice?.type === 'allowed'
          ? { ...toolChoice, names: toolChoice.names.map(rename) }
          : toolChoice,
    turns: turns.map(turn => renamedTurn(turn, rename)),
  };
}

function renamedTurn(turn: Turn, rename: Rename): Turn {
  if (turn.role === 'assistant') return { ...turn, parts: turn.parts.map(part => renamedPart(part, rename)) };
  if (turn.role === 'user') return { ...turn, parts: turn.parts.map(part => renamedPart(part, rename)) };
  return turn;
}

function renamedPart<Part extends { readonly type: string }>(part: Part, rename: Rename): Part {
  const { name } = part as { name?: string | null };
  const named = (part.type === 'tool-call' || part.type === 'tool-result') && typeof name === 'string';
  return named ? { ...part, name: rename(name) } : part;
}

function renamedResponse(response: NeutralResponse, rename: Rename): NeutralResponse {
  const choices = response.choices.map(choice => {
    return { ...choice, parts: choice.parts.map(part => renamedPart(part, rename)) };
  });
  return { ...response, choices };
}

function renamedStream(decoder: StreamDecoder, rename: Rename): StreamDecoder {
  const renamed = (events: readonly NeutralEvent[]) => events.map(event => renamedEvent(event, rename));
  const { losses } = decoder;
  return { push: event => renamed(decoder.push(event)), end: () => renamed(decoder.end()), ...(losses && { losses }) };
}

function renamedEvent(event: NeutralEvent, rename: Rename): NeutralEvent {
  return event.type === 'part-start' ? { ...event, start: renamedPart(event.start, rename) } : event;
}
