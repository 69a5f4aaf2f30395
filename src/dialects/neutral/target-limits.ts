import { isObject, type Json, type JsonObject } from '../../json/value.js';
import { RequestFieldError } from '../request-field-error.js';
import type { LossList } from '../wire/loss-list.js';
import type { ChatDialect, FunctionTool, NeutralRequest, OutputFormat, Tool } from './neutral.types.js';
import { toolPath } from './places.js';

interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * What a vendor's reference bounds, in the fields that its dialect has; null for a field that it does not have, which its
 * encoder names, and for one that it documents no bound of.
 */
export interface TargetLimits {
  readonly temperature: Range | null;
  readonly topP: Range | null;
  readonly topK: Range | null;
  readonly frequencyPenalty: Range | null;
  readonly presencePenalty: Range | null;
  /** alternatives beside each token */
  readonly topLogprobs: Range | null;
  /** a number outside is left out: the nearest one means nothing */
  readonly seed: Range | null;
  /** answers to one request */
  readonly candidates: number | null;
  /** stop strings */
  readonly stop: number | null;
  /** tools of every kind together */
  readonly tools: number | null;
  readonly metadata: { readonly entries: number; readonly keyChars: number; readonly valueChars: number } | null;
  /** of a schema for the answer */
  readonly outputName: RegExp | null;
  /** tools whose arguments are held to their schema, and the properties that those may leave out, all together */
  readonly strict: { readonly tools: number; readonly optional: number } | null;
}

const PENALTY: Range = { min: -2, max: 2 };
const UNIT: Range = { min: 0, max: 1 };
const INT32: Range = { min: -2_147_483_648, max: 2_147_483_647 };

/**
 * OpenAI's API reference, "Create chat completion" and "Create a model response"; read 2026-11-30 in the types of `openai` 7,
 * but for the 128 tools, which stand in copies of the reference, and the 128 answers, for which no source was found.
 */
const OPENAI: TargetLimits = {
  temperature: { min: 0, max: 2 },
  topP: UNIT,
  topK: null,
  frequencyPenalty: PENALTY,
  presencePenalty: PENALTY,
  topLogprobs: { min: 0, max: 20 },
  seed: null,
  candidates: 128,
  stop: 4,
  tools: 128,
  metadata: { entries: 16, keyChars: 64, valueChars: 512 },
  outputName: /^[a-zA-Z0-9_-]{1,64}$/,
  strict: null,
};

export const TARGET_LIMITS: Readonly<Record<ChatDialect, TargetLimits>> = {
  chat_completions: OPENAI,
  openai_responses: { ...OPENAI, frequencyPenalty: null, presencePenalty: null, candidates: null, stop: null },
  /** Anthropic's API reference, "Create a Message"; what is strict by its guide "Structured outputs", not read again for this. */
  anthropic_messages: {
    temperature: UNIT,
    topP: UNIT,
    topK: { min: 0, max: Number.MAX_SAFE_INTEGER },
    frequencyPenalty: null,
    presencePenalty: null,
    topLogprobs: null,
    seed: null,
    candidates: null,
    stop: null,
    tools: null,
    metadata: null,
    outputName: null,
    strict: { tools: 20, optional: 24 },
  },
  /** Google's API reference, `GenerationConfig`; the counts and the seed as remembered of Vertex AI's, not read again for this. */
  gemini_generate_content: {
    temperature: { min: 0, max: 2 },
    topP: UNIT,
    topK: { min: 0, max: INT32.max },
    frequencyPenalty: PENALTY,
    presencePenalty: PENALTY,
    topLogprobs: { min: 0, max: 20 },
    seed: INT32,
    candidates: 8,
    stop: 5,
    tools: null,
    metadata: null,
    outputName: null,
    strict: null,
  },
};

const NUMBERS = {
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  frequencyPenalty: 'frequency_penalty',
  presencePenalty: 'presence_penalty',
} as const;
type BoundedNumber = keyof typeof NUMBERS;

/**
 * A request within what the target's vendor takes: a number becomes the nearest that it takes, what is beyond a count is left
 * out, each named. What no vendor takes, and what would be another request without it, is refused.
 * @param isVendors whether the vendor of the dialect itself is asked; other servers that speak it may take more tools
 * @throws {RequestFieldError}
 */
export function withinLimits(
  request: NeutralRequest,
  target: ChatDialect,
  isVendors: boolean,
  losses: LossList,
): NeutralRequest {
  const limits = TARGET_LIMITS[target];
  const { tools, candidates } = request;
  refuseMore('tools', isVendors ? tools.filter(tool => isSent(tool, target)).length : 0, limits.tools, 'tools');
  refuseMore('n', candidates, limits.candidates, 'answers to one request');
  const numbers = (Object.keys(NUMBERS) as BoundedNumber[]).map(name => {
    return [name, nearest(NUMBERS[name], request[name], limits[name], widest(name), losses)] as const;
  });
  return {
    ...request,
    ...(Object.fromEntries(numbers) as Pick<NeutralRequest, BoundedNumber>),
    logprobs: fitLogprobs(request, limits, losses),
    seed: fitSeed(request, limits, losses),
    stop: fitStop(request, limits, losses),
    metadata: fitMetadata(request, limits, losses),
    output: fitOutput(request.output, limits, losses),
    tools: fitStrict(tools, limits, losses),
  };
}

function isSent(tool: Tool, target: ChatDialect): boolean {
  return tool.type !== 'vendor' || tool.dialect === target;
}

function refuseMore(field: string, count: number, most: number | null, what: string): void {
  if (most !== null && count > most) {
    throw new RequestFieldError(field, `${field} asks for ${count} ${what}; this model takes ${most} at most`);
  }
}

/** What at least one vendor takes. */
function widest(name: BoundedNumber | 'topLogprobs'): Range {
  const ranges = Object.values(TARGET_LIMITS).flatMap(limits => limits[name] ?? []);
  return { min: Math.min(...ranges.map(({ min }) => min)), max: Math.max(...ranges.map(({ max }) => max)) };
}

function nearest(
  field: string,
  value: number | null,
  range: Range | null,
  any: Range,
  losses: LossList,
): number | null {
  if (value === null) return null;
  if (value < any.min || value > any.max) {
    throw new RequestFieldError(field, `${field} must be between ${any.min} and ${any.max}`);
  }
  if (range === null || (value >= range.min && value <= range.max)) return value;
  const bounded = Math.max(range.min, Math.min(range.max, value));
  losses.add(field, `this model takes ${bounded} at ${value > range.max ? 'most' : 'least'}, which is asked for`);
  return bounded;
}

function fitLogprobs({ logprobs }: NeutralRequest, limits: TargetLimits, losses: LossList): NeutralRequest['logprobs'] {
  if (logprobs === null) return null;
  const top = nearest('top_logprobs', logprobs.top, limits.topLogprobs, widest('topLogprobs'), losses) ?? 0;
  return { top };
}

function fitSeed({ seed }: NeutralRequest, { seed: range }: TargetLimits, losses: LossList): number | null {
  if (seed === null || range === null || (seed >= range.min && seed <= range.max)) return seed;
  losses.add('seed', 'this model takes one of 32 bits only');
  return null;
}

/** No vendor stops at nothing. */
function fitStop({ stop }: NeutralRequest, { stop: most }: TargetLimits, losses: LossList): readonly string[] {
  const said = stop.filter(text => text !== '');
  if (said.length < stop.length) losses.add('stop', 'an empty string stops no answer');
  if (most === null || said.length <= most) return said;
  losses.add('stop', `this model takes ${most} at most; the first ${most} are sent`);
  return said.slice(0, most);
}

function fitMetadata({ metadata }: NeutralRequest, limits: TargetLimits, losses: LossList): NeutralRequest['metadata'] {
  if (metadata === null || limits.metadata === null) return metadata;
  const { entries, keyChars, valueChars } = limits.metadata;
  const all = Object.entries(metadata);
  const short = all.filter(([key, value]) => key.length <= keyChars && value.length <= valueChars);
  if (short.length < all.length) {
    losses.add(
      'metadata',
      `keys have ${keyChars} characters at most here, values ${valueChars}; longer ones are left out`,
    );
  }
  if (short.length > entries)
    losses.add('metadata', `this model takes ${entries} at most; the first ${entries} are sent`);
  return Object.fromEntries(short.slice(0, entries));
}

/** @returns the same schema under a name that the target takes */
function fitOutput(output: OutputFormat | null, { outputName }: TargetLimits, losses: LossList): OutputFormat | null {
  if (output?.type !== 'schema' || output.name === null || (outputName?.test(output.name) ?? true)) return output;
  losses.add('output.name', 'this model takes 64 letters, digits, _ and - at most; others are replaced');
  return { ...output, name: output.name.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64) || null };
}

/** The tools in their order, each held to its schema as long as there is room for that. */
function fitStrict(tools: readonly Tool[], { strict }: TargetLimits, losses: LossList): readonly Tool[] {
  if (strict === null) return tools;
  let left = strict;
  return tools.map((tool, index): Tool => {
    if (tool.type !== 'function' || tool.strict !== true) return tool;
    const optional = optionalOf(tool);
    if (left.tools > 0 && optional <= left.optional) {
      left = { tools: left.tools - 1, optional: left.optional - optional };
      return tool;
    }
    const { tools: most, optional: mostOptional } = strict;
    const reason = `this model holds ${most} tools with ${mostOptional} optional parameters at most to their schemas`;
    losses.add(`${toolPath(tool, index)}.strict`, reason);
    return { ...tool, strict: null };
  });
}

/** How many properties a schema has that need not be given, at all levels. */
function optionalOf({ parameters }: FunctionTool): number {
  let optional = 0;
  const open: Json[] = [parameters];
  for (let schema = open.pop(); schema !== undefined; schema = open.pop()) {
    if (typeof schema !== 'object' || schema === null) continue;
    if (isObject(schema) && isObject(schema['properties'])) optional += optionalIn(schema['properties'], schema);
    for (const inner of Object.values(schema)) open.push(inner as Json);
  }
  return optional;
}

function optionalIn(properties: JsonObject, { required }: JsonObject): number {
  const needed = new Set(Array.isArray(required) ? required : []);
  return Object.keys(properties).filter(name => !needed.has(name)).length;
}
