import type { JsonObject } from '../../json/value.js';
import type { EncodeResponseOptions } from '../neutral/codec.js';
import type { AssistantPart } from '../neutral/neutral.types.js';
import type { TokenCounts } from '../token-counts.js';
import type { LossList } from '../wire/loss-list.js';
import { encodeMedia } from './media.js';
import { writeSignature } from './reasoning-signature.js';
import { encodeServiceTier } from './service-tier.js';
import { parseArguments } from './tool-result.js';
import { writeGeminiUsage } from './usage.js';

/**
 * A part of an answer of ours. Null for what cannot be said: a file of another vendor, or a call whose arguments are no JSON
 * object, because the answer was cut in it or the model wrote nonsense. An object that was made up would be acted on.
 */
export function encodeAnswerPart(part: AssistantPart): JsonObject | null {
  if (part.type === 'reasoning') {
    const signature = part.opaque && { thoughtSignature: writeSignature(part.opaque, part.redacted) };
    return { text: part.text, thought: true, ...signature };
  }
  // Gemini has no kind of part for declining; the reason to end tells it.
  if (part.type === 'refusal') return { text: part.text };
  if (part.type === 'media') {
    const foreign = part.source.type === 'file' && part.source.origin !== 'gemini';
    return foreign ? null : encodeMedia(part, 'content');
  }
  const signature = part.signature && { thoughtSignature: writeSignature(part.signature) };
  if (part.type === 'text') return { text: part.text, ...signature };
  const args = parseArguments(part.arguments);
  return args && { functionCall: { id: part.id, name: part.name, args }, ...signature };
}

/** The usage with the tier that was served, which Google tells there. */
export function encodeUsage(usage: TokenCounts | null, serviceTier: string | null): JsonObject {
  if (usage === null) return {};
  const tier = encodeServiceTier(serviceTier);
  return { usageMetadata: { ...writeGeminiUsage(usage), ...(tier && { serviceTier: tier }) } as JsonObject };
}

/** Google has no count of what went into a cache: it is among the tokens of the prompt. */
export function noteCacheWrites({ cacheWrite, cacheWrite1h = 0 }: TokenCounts, losses: LossList): void {
  if (cacheWrite + cacheWrite1h === 0) return;
  losses.addOnce('usageMetadata', 'what was written to a cache is counted among the tokens of the prompt');
}

/** Whether there is nothing to show: no words, and no signature beside them. */
export function isSilent(part: AssistantPart): boolean {
  if (part.type === 'reasoning') return part.text === '' && part.opaque === null;
  return part.type === 'text' && part.text === '' && part.signature === undefined;
}

/** What every piece of an answer says of the whole. */
export function encodeOrigin(
  { id, createdAt }: { readonly id: string; readonly createdAt: number | null },
  { model, requestId }: EncodeResponseOptions,
): JsonObject {
  const time = createdAt === null ? null : timeOf(createdAt);
  return { modelVersion: model, ...(time !== null && { createTime: time }), responseId: id || requestId };
}

/** Null for seconds that are no date. */
function timeOf(seconds: number): string | null {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
