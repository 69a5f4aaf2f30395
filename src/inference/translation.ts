import type { CatalogModel } from '../catalog/catalog.types.js';
import type { EncodeRequestOptions } from '../dialects/neutral/codec.js';
import type { Loss } from '../dialects/neutral/neutral.types.js';
import { reasoningLimitsOf } from '../dialects/neutral/reasoning-limits.js';
import { GatewayError } from '../errors/gateway-error.js';
import { capabilitiesOf } from '../routing/capabilities.js';
import type { Target } from '../routing/target.types.js';
import type { InferenceRequest } from './inference-request.js';

/** What Anthropic demands and other dialects leave open, for a model whose own bound the catalog does not know. */
const DEFAULT_MAX_TOKENS = 8_192;
/** Models whose thinking is told by an effort, and not by a budget (docs/contract.md section 8.2). */
const ADAPTIVE = /^claude-(?:(?:opus|sonnet|haiku|fable)-(?:[5-9]|\d\d)|opus-4-[6-9]|sonnet-4-[6-9])/;
const THINKING_LEVELS = /^gemini-(?:[3-9]|\d\d)/;

/**
 * What the encoder of a request must know of its target.
 * @param noStreamUsage the names of upstreams that refuse to be asked for usage in a translated stream
 */
export function encodeOptions(
  { model }: InferenceRequest,
  { upstream, model: name }: Target,
  noStreamUsage: ReadonlySet<string>,
): EncodeRequestOptions {
  const capabilities = capabilitiesOf(upstream.kind);
  const takesUsage = capabilities.translatedStreamUsage === true && !noStreamUsage.has(upstream.name);
  return {
    model: name,
    defaultMaxTokens: model.maxOutputTokens ?? DEFAULT_MAX_TOKENS,
    streamUsage: takesUsage || capabilities.streamUsage(model),
    customTools: capabilities.customTools === true,
    ...thinkingOf(model),
    reasoning: reasoningLimitsOf(model.capabilities),
  };
}

function thinkingOf({ id, family }: CatalogModel): { adaptiveThinking: boolean; thinkingLevels: boolean } {
  const names = [id, family ?? ''];
  return {
    adaptiveThinking: names.some(name => ADAPTIVE.test(name)),
    thinkingLevels: names.some(name => THINKING_LEVELS.test(name)),
  };
}

/** @throws {GatewayError} invalid_request where the caller would rather have no answer than one to a poorer question */
export function refuseLosses({ headers }: InferenceRequest, losses: readonly Loss[]): void {
  if (isStrict(headers['x-bough-strict']) && losses.length > 0) throw refusal(losses);
}

function isStrict(strict: string | string[] | undefined): boolean {
  if (strict === undefined || strict === '') return false;
  const word = String(strict).toLowerCase();
  if (['1', 'true', 'yes'].includes(word)) return true;
  if (['0', 'false', 'no'].includes(word)) return false;
  throw new GatewayError('invalid_request', { publicMessage: 'x-bough-strict must be true or false' });
}

function refusal(losses: readonly Loss[]): GatewayError {
  const [first] = losses;
  const list = losses
    .slice(0, 8)
    .map(({ field, reason }) => `${field}: ${reason}`)
    .join('; ');
  return new GatewayError('invalid_request', {
    publicMessage: `this model does not take all of this request, and x-bough-strict is set: ${list}`,
    ...(first === undefined ? {} : { param: first.field }),
  });
}
