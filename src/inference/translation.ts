import type { CatalogModel } from '../catalog/catalog.types.js';
import { type Codec, type EncodeResponseOptions, UnreadableAnswer } from '../dialects/neutral/codec.js';
import type { DecodedRequest } from '../dialects/neutral/codec.js';
import type { JsonObject, Loss } from '../dialects/neutral/neutral.types.js';
import { withPlainToolNames } from '../dialects/tool-names.js';
import { GatewayError } from '../errors/gateway-error.js';
import { CAPABILITIES } from '../routing/capabilities.js';
import type { Target } from '../routing/target.types.js';
import type { InferenceRequest } from './inference-request.js';
import { reading } from './wire-dialect.js';

/** What Anthropic demands and other dialects leave open; a model's own bound is lower where it is known. */
const DEFAULT_MAX_TOKENS = 8_192;
/** Models whose thinking is told by an effort, and not by a budget (docs/contract.md section 8.2). */
const ADAPTIVE = /^claude-(?:(?:opus|sonnet|haiku|fable)-(?:[5-9]|\d\d)|opus-4-[6-9]|sonnet-4-[6-9])/;
const THINKING_LEVELS = /^gemini-(?:[3-9]|\d\d)/;

/** A request in the words of a target that does not speak the caller's dialect. */
export interface TranslatedRequest {
  readonly body: Buffer;
  readonly losses: readonly Loss[];
}

/** The request's meaning, read once however many targets are tried. */
export function decodeOnce(request: InferenceRequest, codec: Codec): DecodedRequest {
  request.decoded ??= decodeBody(request, codec, JSON.parse(request.wire.body.toString('utf8')) as JsonObject);
  return request.decoded;
}

/** The meaning of a body of this request, with what its path says of it. */
function decodeBody({ wire }: InferenceRequest, codec: Codec, body: JsonObject): DecodedRequest {
  const { model, stream, modelField } = wire;
  return reading(() => codec.decodeRequest(modelField === null ? { ...body, model, stream } : body));
}

/**
 * @throws {GatewayError} invalid_request where the request holds what no translation can carry
 */
export function translateRequest(
  request: InferenceRequest,
  caller: Codec,
  target: Target,
  codec: Codec,
): TranslatedRequest {
  const decoded = decodeOnce(request, caller);
  const { model } = request;
  const encoded = reading(() =>
    withPlainToolNames(codec, decoded.request).encodeRequest(decoded.request, {
      model: target.model,
      defaultMaxTokens: Math.min(model.maxOutputTokens ?? DEFAULT_MAX_TOKENS, DEFAULT_MAX_TOKENS),
      streamUsage: CAPABILITIES[target.upstream.kind].streamUsage(model),
      ...thinkingOf(model),
    }),
  );
  const losses = [...decoded.losses, ...encoded.losses];
  return { body: Buffer.from(stringify(withoutPathFields(encoded.wire, codec))), losses };
}

function thinkingOf({ id, family }: CatalogModel): { adaptiveThinking: boolean; thinkingLevels: boolean } {
  const names = [id, family ?? ''];
  return {
    adaptiveThinking: names.some(name => ADAPTIVE.test(name)),
    thinkingLevels: names.some(name => THINKING_LEVELS.test(name)),
  };
}

/** What Gemini's path says must not stand in its body. */
function withoutPathFields(wire: JsonObject, codec: Codec): JsonObject {
  if (codec.dialect !== 'gemini_generate_content') return wire;
  const { model: _, stream: __, ...body } = wire;
  return body;
}

/** A whole answer in the caller's dialect, and what of it could not be said. @throws {UnreadableAnswer} */
export function translateAnswer(
  body: Buffer,
  from: Codec,
  to: Codec,
  options: EncodeResponseOptions,
): { readonly body: Buffer; readonly losses: readonly Loss[] } {
  const { wire, losses } = to.encodeResponse(from.decodeResponse(parsed(body)), options);
  return { body: Buffer.from(JSON.stringify(wire)), losses };
}

function parsed(body: Buffer): JsonObject {
  try {
    return JSON.parse(body.toString('utf8')) as JsonObject;
  } catch (cause) {
    throw new UnreadableAnswer('the answer is no JSON', { cause });
  }
}

/** @throws {GatewayError} invalid_request where the caller would rather have no answer than one to a poorer question */
export function refuseLosses({ headers }: InferenceRequest, losses: readonly Loss[]): void {
  const strict = headers['x-bough-strict'];
  const wantsAll = typeof strict === 'string' && /^(1|true|yes)$/i.test(strict);
  if (losses.length > 0 && wantsAll) throw refusal(losses);
}

function refusal(losses: readonly Loss[]): GatewayError {
  const [first] = losses;
  const list = losses
    .slice(0, 8)
    .map(({ field, reason }) => `${field}: ${reason}`)
    .join('; ');
  return new GatewayError('invalid_request', {
    publicMessage: `this model cannot be asked all of it, and x-bough-strict is set: ${list}`,
    ...(first === undefined ? {} : { param: first.field }),
  });
}

/** `1e999` is a number to the parser and none to JSON: sent on as null it would be another request. */
function stringify(wire: JsonObject): string {
  return JSON.stringify(wire, (key, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new GatewayError('invalid_request', {
        publicMessage: `${key} holds a number that is too large`,
        param: key,
      });
    }
    return value;
  });
}
