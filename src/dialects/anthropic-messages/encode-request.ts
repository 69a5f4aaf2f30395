import type { Encoded, EncodeRequestOptions } from '../neutral/codec.js';
import type {
  Effort,
  JsonObject,
  NeutralRequest,
  ReasoningRequest,
  Tool,
  ToolChoice,
} from '../neutral/neutral.types.js';
import { encodeCacheMark } from '../wire/cache-mark.js';
import { LossList } from '../wire/field-reader.js';
import { encodeMessages, encodeSystem } from './encode-content.js';

const LEAST_BUDGET = 1_024;
/** How many tokens an effort is worth where only a budget can be said. */
const BUDGETS: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 16_384,
  xhigh: 32_768,
  max: 32_768,
};

export function encodeMessagesRequest(request: NeutralRequest, options: EncodeRequestOptions): Encoded {
  const losses = new LossList();
  const maxTokens = request.maxOutputTokens ?? options.defaultMaxTokens;
  const thought = encodeReasoning(request.reasoning, maxTokens, options, losses);
  const { stop, topP, user, stream } = request;
  const config: JsonObject = { ...thought.config, ...encodeFormat(request, losses) };
  const wire: JsonObject = {
    model: options.model,
    max_tokens: maxTokens,
    ...encodeSystem(request.instructions),
    messages: encodeMessages(request.turns, losses),
    ...(stream && { stream: true }),
    ...encodeTools(request, thought.thinks, losses),
    ...(stop.length > 0 && { stop_sequences: stop }),
    ...encodeTemperature(request, thought.thinks, losses),
    ...(topP !== null && { top_p: topP }),
    ...thought.fields,
    ...(Object.keys(config).length > 0 && { output_config: config }),
    ...(user !== null && { metadata: { user_id: user } }),
    ...encodeTier(request, losses),
  };
  noteUnsaid(request, losses);
  return { wire, losses: losses.losses };
}

interface Thought {
  readonly thinks: boolean;
  readonly fields: JsonObject;
  readonly config: JsonObject;
}

function encodeReasoning(
  reasoning: ReasoningRequest | null,
  maxTokens: number,
  { adaptiveThinking }: EncodeRequestOptions,
  losses: LossList,
): Thought {
  const silent = { thinks: false, fields: {}, config: {} };
  if (reasoning === null) return silent;
  const { mode, effort, budgetTokens, show } = reasoning;
  if (mode === 'off' || effort === 'none') return { ...silent, fields: { thinking: { type: 'disabled' } } };
  const display: JsonObject = show === 'none' ? { display: 'omitted' } : {};
  if (adaptiveThinking) {
    const said = effort === 'minimal' ? 'low' : (effort ?? (budgetTokens === null ? null : effortOf(budgetTokens)));
    if (budgetTokens !== null && effort === null) {
      losses.add('reasoning.budget_tokens', 'this model takes an effort and no number of tokens');
    }
    return {
      thinks: true,
      fields: { thinking: { type: 'adaptive', ...display } },
      config: said === null ? {} : { effort: said },
    };
  }
  const budget = budgetTokens ?? (effort === null ? BUDGETS.medium : BUDGETS[effort]);
  if (maxTokens <= LEAST_BUDGET) {
    losses.add('reasoning', `needs more than ${LEAST_BUDGET} output tokens at this model`);
    return silent;
  }
  const within = Math.max(LEAST_BUDGET, Math.min(budget, maxTokens - 1));
  if (budgetTokens !== null && within !== budgetTokens) {
    losses.add('reasoning.budget_tokens', `must be at least ${LEAST_BUDGET} and below max_tokens at this model`);
  }
  return { thinks: true, fields: { thinking: { type: 'enabled', budget_tokens: within, ...display } }, config: {} };
}

/** The effort that spends about so many tokens. */
function effortOf(budgetTokens: number): string {
  if (budgetTokens <= 2_048) return 'low';
  return budgetTokens <= 16_384 ? 'medium' : 'high';
}

function encodeFormat({ output }: NeutralRequest, losses: LossList): JsonObject {
  if (output === null) return {};
  if (output.type === 'schema') return { format: { type: 'json_schema', schema: output.schema } };
  losses.add('response_format', 'this model takes a schema, and has no JSON mode without one');
  return {};
}

function encodeTools(request: NeutralRequest, thinks: boolean, losses: LossList): JsonObject {
  const tools = request.tools.flatMap((tool, index) => encodeTool(tool, `tools[${index}]`, losses));
  if (tools.length === 0) return {};
  return { tools, ...encodeChoice(request, thinks, losses) };
}

function encodeTool(tool: Tool, path: string, losses: LossList): JsonObject[] {
  if (tool.type === 'vendor') {
    if (tool.dialect === 'anthropic_messages') return [tool.wire];
    losses.add(path, `the tool ${tool.name} is run by another vendor`);
    return [];
  }
  const { name, description, parameters, strict, cache } = tool;
  return [
    {
      name,
      ...(description !== null && { description }),
      input_schema: parameters === null ? { type: 'object', properties: {} } : { type: 'object', ...parameters },
      ...(strict === true && { strict }),
      ...encodeCacheMark(cache),
    },
  ];
}

function encodeChoice(
  { toolChoice, parallelToolCalls }: NeutralRequest,
  thinks: boolean,
  losses: LossList,
): JsonObject {
  const alone: JsonObject = parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  const choice = readChoice(toolChoice, losses);
  if (choice === null) return parallelToolCalls === false ? { tool_choice: { type: 'auto', ...alone } } : {};
  const isForced = choice['type'] === 'any' || choice['type'] === 'tool';
  if (thinks && isForced) {
    losses.add('tool_choice', 'a tool cannot be forced while the model thinks');
    return { tool_choice: { type: 'auto', ...alone } };
  }
  return { tool_choice: choice['type'] === 'none' ? choice : { ...choice, ...alone } };
}

function readChoice(choice: ToolChoice | null, losses: LossList): JsonObject | null {
  if (choice === null) return null;
  switch (choice.type) {
    case 'auto':
    case 'none':
      return { type: choice.type };
    case 'required':
      return { type: 'any' };
    case 'tool':
      return { type: 'tool', name: choice.name };
    case 'allowed': {
      const [only, ...others] = choice.names;
      if (choice.mode === 'required' && only !== undefined && others.length === 0) return { type: 'tool', name: only };
      losses.add('tool_choice', 'a choice among some of the tools is a choice among all here');
      return { type: choice.mode === 'required' ? 'any' : 'auto' };
    }
  }
}

/** Thinking goes with the model's own temperature only; elsewhere 1 is the most there is. */
function encodeTemperature({ temperature, topK }: NeutralRequest, thinks: boolean, losses: LossList): JsonObject {
  if (thinks) {
    if (temperature !== null && temperature !== 1) losses.add('temperature', 'must be left out while the model thinks');
    if (topK !== null) losses.add('top_k', 'must be left out while the model thinks');
    return {};
  }
  if (temperature !== null && temperature > 1) losses.add('temperature', 'is at most 1 at this model');
  return {
    ...(temperature !== null && { temperature: Math.min(temperature, 1) }),
    ...(topK !== null && { top_k: topK }),
  };
}

function encodeTier({ serviceTier }: NeutralRequest, losses: LossList): JsonObject {
  if (serviceTier === null || serviceTier === 'auto') return serviceTier === null ? {} : { service_tier: 'auto' };
  if (serviceTier === 'default') return { service_tier: 'standard_only' };
  losses.add('service_tier', 'must be auto or default at this model');
  return {};
}

function noteUnsaid(request: NeutralRequest, losses: LossList): void {
  const lost = (field: string, isSaid: boolean) => {
    if (isSaid) losses.add(field, 'is not part of the Messages dialect');
  };
  lost('seed', request.seed !== null);
  lost('frequency_penalty', request.frequencyPenalty !== null);
  lost('presence_penalty', request.presencePenalty !== null);
  lost('n', request.candidates > 1);
  lost('logprobs', request.logprobs !== null);
  lost('metadata', request.metadata !== null);
  lost('verbosity', request.verbosity !== null);
  lost('prompt_cache_key', request.promptCacheKey !== null);
}
