import { type ChatMessage, type ChatRequest, referencedName } from './chat-request.js';
import { isCommonWord, type PromptReading, textOf } from './prompt-reading.js';
import { patternValue } from './schema/pattern-value.js';
import { schemaValue } from './schema/schema-value.js';
import type { StepBudget } from './schema/step-budget.js';
import { RequestRefusal } from './request-refusal.js';
import { seededId, seededRandom } from './seeded-random.js';
import { isJsonObject } from './wire-checks.js';

/** One call the model makes: `input` is JSON text for a function, any text for a custom tool. */
export interface PlannedCall {
  id: string;
  kind: 'function' | 'custom';
  name: string;
  input: string;
}

/** What one of the answers to a request is written from. */
export interface Choice {
  reading: PromptReading;
  /** Tells the choices apart. Whole, not negative. */
  variant: number;
  /** One for all the choices of an answer. */
  budget: StepBudget;
}

type Tool = NonNullable<ChatRequest['tools']>[number];

const MAX_CALLS = 8;

/** Verbs that stand in most names and descriptions and so say nothing about which tool is meant. */
const WEAK_WORDS = new Set(
  (
    'add create current data delete fetch find function get given information list lookup parameter provide query read ' +
    'retrieve return returns run search set tool update user value'
  ).split(' '),
);

/** Decides which tools to call; none means that the model answers in words. */
export function planToolCalls(request: ChatRequest, choice: Choice): PlannedCall[] {
  const { reading } = choice;
  const { mode, tools } = offeredTools(request);
  if (mode === 'none' || tools.length === 0) return [];
  const question = reading.question.toLowerCase();
  const asked = new Set(wordsOf(question));
  const wanted = tools.filter(tool => isMentioned(tool, question, asked)).slice(0, MAX_CALLS);
  if (mode === 'auto' && (wanted.length === 0 || request.messages.at(-1)?.role !== 'user')) return [];
  const chosen = wanted.length > 0 ? wanted : [tools[0]];
  const isParallel = request.tools !== undefined && request.parallel_tool_calls !== false;
  const calls = isParallel ? chosen.flatMap(tool => readingsFor(tool, reading).map(part => ({ tool, part }))) : [];
  const planned = isParallel ? calls.slice(0, MAX_CALLS) : [{ tool: chosen[0], part: reading }];
  return planned.map(({ tool, part }, index) => planCall(tool, { ...choice, reading: part }, index));
}

function offeredTools(request: ChatRequest): { mode: 'none' | 'auto' | 'required'; tools: Tool[] } {
  const legacy = (request.functions ?? []).map((offered): Tool => ({ type: 'function', function: offered }));
  const tools = [...(request.tools ?? []), ...legacy];
  const choice = request.tool_choice ?? request.function_call ?? 'auto';
  if (typeof choice === 'string') return { mode: choice, tools };
  if ('type' in choice && choice.type === 'allowed_tools') {
    const allowed = new Set(choice.allowed_tools.tools.map(referencedName));
    return { mode: choice.allowed_tools.mode, tools: tools.filter(tool => allowed.has(nameOf(tool))) };
  }
  const name = 'name' in choice ? choice.name : choice.type === 'function' ? choice.function.name : choice.custom.name;
  return { mode: 'required', tools: tools.filter(tool => nameOf(tool) === name) };
}

function nameOf(tool: Tool): string {
  return tool.type === 'function' ? tool.function.name : tool.custom.name;
}

/** A prompt asks for a tool by its name, by a telling word of its name, or by two telling words of its description. */
function isMentioned(tool: Tool, question: string, asked: ReadonlySet<string>): boolean {
  const name = nameOf(tool);
  if (question.includes(name.toLowerCase())) return true;
  if (wordsOf(name.replace(/([a-z0-9])([A-Z])/g, '$1 $2')).some(word => asked.has(word))) return true;
  const description = (tool.type === 'function' ? tool.function.description : tool.custom.description) ?? '';
  return new Set(wordsOf(description.slice(0, 2000)).filter(word => asked.has(word))).size >= 2;
}

/** Telling words in lower case, without the plural's s. */
function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words
    .filter(word => word.length > 2 && !isCommonWord(word))
    .map(word => word.replace(/(?<=[^s])s$/, ''))
    .filter(word => !WEAK_WORDS.has(word));
}

/** “Weather in Paris and Tokyo” is two calls of one tool: one reading for each name, if the tool takes a name at all. */
function readingsFor(tool: Tool, reading: PromptReading): PromptReading[] {
  const parameters = tool.type === 'function' ? tool.function.parameters : undefined;
  const known = isJsonObject(parameters?.['properties']) ? Object.keys(parameters['properties']) : [];
  const takesName = known.some(key => /city|location|place|country|name|company|person/i.test(key));
  if (!takesName || reading.names.length < 2) return [reading];
  return reading.names.map(name => ({ ...reading, names: [name] }));
}

function planCall(tool: Tool, { reading, variant, budget }: Choice, index: number): PlannedCall {
  const seed = `${reading.fingerprint} ${nameOf(tool)} ${variant} ${index}`;
  const random = seededRandom(seed);
  const id = `call_${seededId(seed, 24)}`;
  if (tool.type === 'custom')
    return { id, kind: 'custom', name: tool.custom.name, input: customInput(tool, reading, seed, budget) };
  const parameters = tool.function.parameters;
  const made = parameters === undefined ? {} : schemaValue({ type: 'object', ...parameters }, reading, random, budget);
  return { id, kind: 'function', name: tool.function.name, input: JSON.stringify(made) };
}

function customInput(
  tool: Extract<Tool, { type: 'custom' }>,
  reading: PromptReading,
  seed: string,
  budget: StepBudget,
): string {
  const format = tool.custom.format;
  if (format?.type !== 'grammar') return reading.quoted[0] ?? (reading.question.trim() || 'input');
  const { syntax, definition } = format.grammar;
  if (syntax === 'regex') return patternValue(definition, { low: 0, high: Infinity }, seededRandom(seed), budget);
  throw new RequestRefusal(400, 'The sandbox model does not write by a lark grammar.', {
    param: 'tools',
    code: 'unsupported_value',
  });
}

/** What the tools answered at the end of the conversation, each under its tool's name. Empty when they did not just run. */
export function lastToolResults(messages: readonly ChatMessage[]): Array<{ name: string; content: string }> {
  const names = new Map<string, string>();
  for (const message of messages) {
    if (message.role !== 'assistant') continue;
    for (const call of message.tool_calls ?? []) {
      names.set(call.id, call.type === 'function' ? call.function.name : call.custom.name);
    }
  }
  const after = messages.findLastIndex(message => message.role !== 'tool' && message.role !== 'function');
  return messages.slice(after + 1).map(message => {
    const name =
      message.role === 'tool' ? names.get(message.tool_call_id) : message.role === 'function' && message.name;
    return { name: name || 'The tool', content: textOf(message) };
  });
}
