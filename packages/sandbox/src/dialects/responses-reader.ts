import { call, type Conversation, type Tool, tool, toolResult, turn, type Turn } from '../conversation.js';
import { asList, asNumber, asObject, asObjects, asText, isJsonObject, type JsonObject } from '../json.js';
import { RequestRefusal } from '../wire/request-refusal.js';
import { partsOf, readChoice } from './chat-reader.js';
import { needList } from './endpoint.js';

/** Reads a request for a response. Throws `RequestRefusal` (400) for one that goes on from something stored. */
export function readResponses(body: JsonObject): Conversation {
  refuseStored(body);
  const { instructions, tools } = body;
  const input =
    typeof body['input'] === 'string' ? [{ role: 'user', content: body['input'] }] : needList(body, 'input');
  const { type, schema, ...format } = asObject(asObject(body['text'])['format']);
  return {
    turns: [
      ...(typeof instructions === 'string' ? [turn('system', [instructions])] : []),
      ...joinedAnswers(asObjects(input).flatMap(readItem)),
    ],
    tools: asObjects(tools).flatMap(readTool),
    choice: readChoice(body['tool_choice']),
    format: type === 'json_schema' || type === 'json_object' ? { schema: isJsonObject(schema) ? schema : null } : null,
    maxTokens: asNumber(body['max_output_tokens']) ?? Infinity,
    stop: [],
    choices: 1,
    seed: 0,
    thinks: thinks(body),
    definitions: [tools, schema === undefined ? undefined : { ...format, schema }],
  };
}

/** Nothing is stored, and an answer without what was said before would be a false one. */
function refuseStored(body: JsonObject): void {
  const named = ['previous_response_id', 'conversation', 'prompt'].find(name => body[name] != null);
  const item = asObjects(body['input']).findIndex(({ type }) => type === 'item_reference');
  const param = named ?? (item < 0 ? undefined : `input[${item}]`);
  if (param === undefined) return;
  const message = `'${param}': nothing is stored here; send the whole conversation as input.`;
  throw new RequestRefusal(400, message, { param, code: 'unsupported_parameter' });
}

/** A summary of the thoughts is shown to those who ask for it. */
export function showsSummary({ reasoning }: JsonObject): boolean {
  const { summary, generate_summary: older } = asObject(reasoning);
  return (summary ?? older) != null;
}

export function includes({ include }: JsonObject, what: string): boolean {
  return asList(include).includes(what);
}

/** Those who want their thoughts back signed have an item for them, with a summary or without. */
function thinks(body: JsonObject): boolean {
  if (asObject(body['reasoning'])['effort'] === 'none') return false;
  return showsSummary(body) || includes(body, 'reasoning.encrypted_content');
}

/** Functions of a namespace are called by their own names; tools that OpenAI would run are not there. */
function readTool({ type, name, description, parameters, tools }: JsonObject): Tool[] {
  if (type === 'namespace') return asObjects(tools).flatMap(readTool);
  return type === 'function' || type === 'custom' ? tool(type, name, description, parameters) : [];
}

/** Thoughts of earlier turns are not read again, and cost nothing. */
function readItem(item: JsonObject): Turn[] {
  const { type, role, content, output, call_id: id, name, arguments: args, input } = item;
  switch (type) {
    case 'function_call':
    case 'custom_tool_call':
      return [turn('assistant', [], { calls: [call(id, name, asText(args ?? input))] })];
    case 'function_call_output':
    case 'custom_tool_call_output':
      return [toolResult(partsOf(output), id, name)];
    default:
      if (typeof role !== 'string') return [];
      return [turn(role === 'user' || role === 'assistant' ? role : 'system', partsOf(content))];
  }
}

/** What the model said and called in one go is several items here and one turn elsewhere. */
function joinedAnswers(turns: readonly Turn[]): Turn[] {
  const joined: Turn[] = [];
  for (const next of turns) {
    const last = joined.at(-1);
    if (next.role === 'assistant' && last?.role === 'assistant') {
      last.parts.push(...next.parts);
      last.calls.push(...next.calls);
    } else joined.push(next);
  }
  return joined;
}
