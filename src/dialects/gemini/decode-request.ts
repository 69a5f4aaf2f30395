import type { JsonObject } from '../../json/value.js';
import type { DecodedRequest } from '../neutral/codec.js';
import { LossList } from '../wire/loss-list.js';
import { decodeGeneration } from './decode-config.js';
import { decodeContents, decodeInstructions } from './decode-contents.js';
import { decodeToolChoice, decodeTools } from './decode-tools.js';
import { decodeServiceTier } from './service-tier.js';
import { READER, WireFields } from './wire-fields.js';

/** These hold a part of the conversation that nobody but Google can read: an answer without it would be one to another question. */
const ELSEWHERE = ['cachedContent', 'continuationToken'] as const;

/**
 * Reads a GenerateContent request. Model and stream stand in Google's path; whoever calls this has put them into the object,
 * as `model` and `stream`.
 */
export function decodeGeminiRequest(wire: JsonObject): DecodedRequest {
  const losses = new LossList();
  const fields = new WireFields(wire, '');
  const model = fields.string('model') ?? '';
  const stream = fields.boolean('stream') === true;
  for (const name of ELSEWHERE) {
    if (fields.has(name)) READER.refuse(fields.at(name), 'names content that only Google can read');
  }
  const request = {
    model,
    stream,
    streamUsage: true,
    instructions: decodeInstructions(fields, losses),
    turns: decodeContents(fields, losses),
    tools: decodeTools(fields, losses),
    toolChoice: decodeToolChoice(fields, losses),
    parallelToolCalls: null,
    ...decodeGeneration(fields, losses),
    serviceTier: decodeServiceTier(fields.string('serviceTier') ?? ''),
    user: null,
    metadata: decodeLabels(fields),
    verbosity: null,
    promptCacheKey: null,
  };
  fields.loseRest(losses);
  return { request, losses: losses.losses };
}

function decodeLabels(fields: WireFields): Readonly<Record<string, string>> | null {
  const labels = fields.carried('labels');
  if (labels === null) return null;
  for (const value of Object.values(labels)) {
    if (typeof value !== 'string') READER.refuse(fields.at('labels'), 'must hold strings only');
  }
  return labels as Readonly<Record<string, string>>;
}
