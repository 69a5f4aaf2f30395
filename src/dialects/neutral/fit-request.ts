import { isObject, type Json, type JsonObject } from '../../json/value.js';
import { RequestFieldError } from '../request-field-error.js';
import { objectRoot } from '../schemas/object-root.js';
import type { LossList } from '../wire/loss-list.js';
import { withDistinctCalls } from './distinct-calls.js';
import type { AssistantPart, ChatDialect, NeutralRequest, Tool, ToolChoice, Turn } from './neutral.types.js';
import { partPath, toolPath, turnPath } from './places.js';
import { withPairedResults } from './paired-results.js';
import { resultsBehindCalls } from './result-order.js';
import { saysSomething, withShownMedia, withUserFirst } from './speakers.js';
import { withinLimits } from './target-limits.js';
import { parseArguments, rawArguments } from './tool-arguments.js';

/** Who wants an object at the root of a function's schema, and who wants its properties, too, even where there are none. */
const ROOTS: Readonly<Record<ChatDialect, 'object' | 'properties' | null>> = {
  anthropic_messages: 'object',
  chat_completions: 'properties',
  openai_responses: 'properties',
  gemini_generate_content: null,
};

/**
 * A request as every vendor can take it, before it is written for one of them: each result stands behind its call, which has an
 * id of its own, the arguments of each call are a JSON object, a choice names only tools that are sent, and somebody says
 * something. What had to
 * change is named in the caller's words.
 * @param isVendors whether the vendor of the dialect itself is asked, and not another server that speaks it
 * @throws {RequestFieldError} for a conversation in which nobody says anything, and for what no vendor takes
 */
export function fitRequest(
  asked: NeutralRequest,
  target: ChatDialect,
  losses: LossList,
  isVendors = true,
): NeutralRequest {
  const request = withinLimits(asked, target, isVendors, losses);
  const tools = request.tools
    .filter(isNamedFirst(losses))
    .map((tool, index) => withObjectSchema(tool, index, target, losses));
  return {
    ...request,
    ...withWords(request, target, losses),
    tools,
    toolChoice: fitToolChoice(request, target, losses),
  };
}

/** Of two tools with one name most vendors take none. */
function isNamedFirst(losses: LossList): (tool: Tool, index: number) => boolean {
  const names = new Set<string>();
  return (tool, index) => {
    if (tool.type === 'vendor') return true;
    const isFirst = !names.has(tool.name);
    if (!isFirst) losses.add(toolPath(tool, index), 'has the name of a tool before it, which is the one that is sent');
    names.add(tool.name);
    return isFirst;
  };
}

function withWords(
  { instructions, turns }: NeutralRequest,
  target: ChatDialect,
  losses: LossList,
): Pick<NeutralRequest, 'instructions' | 'turns'> {
  const field = 'turns';
  // The chat dialect takes words that say nothing.
  if (turns.length > 0 && (target === 'chat_completions' || turns.some(turn => saysSomething(turn, target)))) {
    const shown = withShownMedia(
      turns.filter(turn => !isEmptyNote(turn)),
      target,
      losses,
    );
    const paired = withPairedResults(withDistinctCalls(shown), losses);
    const ordered = withUserFirst(resultsBehindCalls(paired), target, losses);
    return {
      instructions,
      turns: ordered.map((turn, at) => withWholeArguments(turn, at, losses)),
    };
  }
  if (!instructions.some(({ text }) => text.trim() !== '')) {
    throw new RequestFieldError(field, `${field} must hold a message of the user`);
  }
  if (target === 'chat_completions') return { instructions, turns };
  losses.add(field, 'holds nothing but instructions, which are asked as words of the user');
  return { instructions: [], turns: [{ role: 'user' as const, parts: instructions }] };
}

function isEmptyNote({ role, parts }: Turn): boolean {
  return role === 'system' && parts.every(({ text }) => text === '');
}

/** A call whose arguments are broken, as of an answer that was cut, goes on with their text. */
function withWholeArguments(turn: Turn, at: number, losses: LossList): Turn {
  if (turn.role !== 'assistant') return turn;
  let broken = false;
  const parts = turn.parts.map((part, index): AssistantPart => {
    if (part.type !== 'tool-call' || part.custom === true || parseArguments(part.arguments) !== null) return part;
    broken = true;
    const field = `${partPath(part, index, turn, turnPath(turn, at))}.arguments`;
    losses.add(field, 'is no JSON object; its text is sent as `_raw`');
    return { ...part, arguments: JSON.stringify(rawArguments(part.arguments)) };
  });
  return broken ? { ...turn, parts } : turn;
}

/** Vendors demand that the schema of a function says that it is of an object. */
function withObjectSchema(tool: Tool, index: number, target: ChatDialect, losses: LossList): Tool {
  if (tool.type !== 'function' || tool.parameters === null) return tool;
  const { parameters } = tool;
  const field = `${toolPath(tool, index)}.parameters`;
  const root = ROOTS[target] === null ? parameters : objectRoot(parameters, field, losses);
  const isTyped = 'type' in root || '$ref' in root;
  const isBare = root['type'] === 'object' && !('properties' in root) && ROOTS[target] === 'properties';
  if (isTyped && !isBare && root === parameters) return tool;
  const schema = isTyped && !isBare ? root : { type: 'object', properties: {}, ...root };
  return { ...tool, parameters: schema };
}

function fitToolChoice(request: NeutralRequest, target: ChatDialect, losses: LossList): ToolChoice | null {
  const { toolChoice: choice, tools } = request;
  if (choice === null || (choice.type !== 'tool' && choice.type !== 'allowed')) return choice;
  const sent = new Set(tools.flatMap(tool => namesOf(tool, target)));
  const field = 'tool_choice';
  if (choice.type === 'tool') {
    if (sent.has(choice.name)) return choice;
    losses.add(field, 'names a tool that is not sent to this model');
    return null;
  }
  const names = choice.names.filter(name => sent.has(name));
  if (names.length < choice.names.length) losses.add(field, 'allows a tool that is not sent to this model');
  else if (names.length > 0) return choice;
  // Nothing is allowed: an empty list means all of them to some.
  return names.length === 0 ? { type: 'none' } : { ...choice, names };
}

/** What a choice may call the tool; nothing for one that the target is not sent. */
function namesOf(tool: Tool, target: ChatDialect): readonly Json[] {
  if (tool.type !== 'vendor') return [tool.name];
  if (tool.dialect !== target) return [];
  const { wire } = tool;
  const described: JsonObject = isObject(wire[tool.name]) ? (wire[tool.name] as JsonObject) : {};
  return [tool.name, wire['name'] ?? null, described['name'] ?? null];
}
