import type { JsonObject } from '../../json/value.js';
import type { Encoded, EncodeRequestOptions } from '../neutral/codec.js';
import { fitRequest } from '../neutral/fit-request.js';
import type { NeutralRequest, OutputFormat, TextPart } from '../neutral/neutral.types.js';
import { LossList } from '../wire/loss-list.js';
import { encodeContents } from './encode-turns.js';
import { encodeThinking } from './reasoning.js';
import { encodeSchema } from './schema.js';
import { encodeServiceTier } from './service-tier.js';
import { encodeToolChoice, encodeTools } from './tools.js';
import { READER } from './wire-fields.js';

/** Writes a GenerateContent request. Model and stream are not in it: they belong in the path. */
export function encodeGeminiRequest(asked: NeutralRequest, options: EncodeRequestOptions): Encoded {
  const losses = new LossList();
  const request = fitRequest(asked, 'gemini_generate_content', losses);
  const instructions = encodeInstructions(request.instructions, losses);
  const contents = encodeContents(request, { options, losses });
  if (contents.length === 0) READER.refuse('turns', 'must hold words of somebody');
  const tools = encodeTools(request.tools, losses);
  const generation = encodeGeneration(request, options, losses);
  loseParameters(request, losses);
  return {
    losses: losses.losses,
    wire: {
      ...(instructions.length > 0 && { systemInstruction: { parts: instructions } }),
      contents,
      ...(tools.length > 0 && { tools }),
      ...encodeChoice(request, losses),
      ...(Object.keys(generation).length > 0 && { generationConfig: generation }),
      ...encodeTier(request.serviceTier, losses),
    },
  };
}

function encodeInstructions(instructions: readonly TextPart[], losses: LossList): readonly JsonObject[] {
  if (instructions.some(part => part.cache !== undefined)) {
    losses.addOnce('cache_control', 'Gemini caches by itself and takes no marks');
  }
  return instructions.filter(part => part.text !== '').map(({ text }) => ({ text }));
}

/** Google refuses a choice among no functions. */
function encodeChoice({ toolChoice, tools }: NeutralRequest, losses: LossList): JsonObject {
  if (toolChoice === null) return {};
  if (tools.some(tool => tool.type !== 'vendor')) return { toolConfig: encodeToolChoice(toolChoice) };
  if (toolChoice.type !== 'auto' && toolChoice.type !== 'none')
    losses.add('tool_choice', 'there is no function to call');
  return {};
}

/** The standard one comes anyway, and servers of before do not know the field. */
function encodeTier(tier: string | null, losses: LossList): JsonObject {
  const serviceTier = encodeServiceTier(tier);
  if (serviceTier !== null) return serviceTier === 'standard' ? {} : { serviceTier };
  if (tier !== null && tier !== 'auto') losses.add('service_tier', 'Gemini has no such tier');
  return {};
}

function loseParameters(request: NeutralRequest, losses: LossList): void {
  if (request.parallelToolCalls === false)
    losses.add('parallel_tool_calls', 'Gemini cannot be kept to one call at a time');
  if (request.user !== null) losses.add('user', 'Gemini is not told who asks');
  // Its labels take fewer letters than metadata may have, and are for bills.
  if (request.metadata !== null) losses.add('metadata', 'Gemini keeps no metadata');
  if (request.verbosity !== null) losses.add('verbosity', 'Gemini has no such setting');
  if (request.promptCacheKey !== null) losses.add('prompt_cache_key', 'Gemini caches by itself');
}

/** Google's `generationConfig`, without what was not said. @throws {RequestFieldError} */
function encodeGeneration(request: NeutralRequest, options: EncodeRequestOptions, losses: LossList): JsonObject {
  const { logprobs, reasoning } = request;
  const thinking = reasoning === null ? {} : encodeThinking(reasoning, options, losses);
  const said = {
    temperature: request.temperature,
    topP: request.topP,
    topK: request.topK,
    candidateCount: request.candidates === 1 ? null : request.candidates,
    maxOutputTokens: request.maxOutputTokens,
    stopSequences: request.stop.length === 0 ? null : request.stop,
    responseLogprobs: logprobs === null ? null : true,
    logprobs: logprobs === null || logprobs.top === 0 ? null : logprobs.top,
    presencePenalty: request.presencePenalty,
    frequencyPenalty: request.frequencyPenalty,
    seed: request.seed,
    ...encodeOutput(request.output, losses),
    thinkingConfig: Object.keys(thinking).length === 0 ? null : thinking,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null)) as JsonObject;
}

function encodeOutput(output: OutputFormat | null, losses: LossList): JsonObject {
  if (output === null) return {};
  if (output.type === 'json') return { responseMimeType: 'application/json' };
  if (output.description !== null) losses.add('output.description', 'Gemini takes no description beside a schema');
  READER.carried(output.schema, 'output.schema');
  return { responseMimeType: 'application/json', responseJsonSchema: encodeSchema(output.schema) };
}
