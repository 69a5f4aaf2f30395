import { HiddenUsageTap } from '../dialects/chat-completions/hidden-usage-tap.js';
import { encodeEmbeddingsBase64 } from '../dialects/embeddings/base64.js';
import { JsonArrayTap } from '../dialects/gemini/json-array-tap.js';
import { type Codec, type EncodeResponseOptions, UnreadableAnswer } from '../dialects/neutral/codec.js';
import type { JsonObject } from '../dialects/neutral/neutral.types.js';
import { ScrubbedTap } from '../dialects/scrubbed-tap.js';
import type { StreamTap } from '../dialects/stream-tap.js';
import { withPlainToolNames } from '../dialects/tool-names.js';
import { TranslatingTap } from '../dialects/translating-tap.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { Clock } from '../platform/clock.js';
import type { JsonRelayRules } from '../relay/json-relay.js';
import type { StreamRelayRules } from '../relay/stream-relay.js';
import type { Answer } from '../upstream/upstream.service.js';
import type { InferenceRequest } from './inference-request.js';
import { decodeOnce, translateAnswer } from './translation.js';
import { WIRE_DIALECTS, type WireDialect } from './wire-dialect.js';

const MAX_LINE_BYTES = 16_777_216;
const SSE = { contentType: 'text/event-stream', comment: ': keep-alive' } as const;
/** White space between the elements of an array is as good a sign of life as a comment between events. */
const JSON_ARRAY = { contentType: 'application/json', comment: '' } as const;

type JsonRules = Omit<JsonRelayRules, 'headers' | 'settle'>;
type StreamRules = Omit<StreamRelayRules, 'headers' | 'settle'>;

/** How a whole answer is read, and rewritten where it came in another dialect than the caller's. */
export function jsonRules(request: InferenceRequest, answer: Answer, caller: WireDialect, clock: Clock): JsonRules {
  const spoken = WIRE_DIALECTS[answer.call.dialect];
  const { usageFields } = spoken;
  const readUsage = (found: Readonly<Record<string, unknown>>) => spoken.readUsage(found);
  const readState = spoken.readState ?? null;
  const { from, to } = codecs(request, answer, caller);
  const scrub = (bytes: Buffer) => answer.secrets.scrubAnswer(bytes);
  if (from === null)
    return { usageFields, readUsage, readState, scrub, rewrite: request.wire.wantsBase64 === true ? inBase64 : null };
  const rewrite = (body: Buffer): Buffer => {
    const translated = readable(() => translateAnswer(body, from, to, responseOptions(request, to, clock)));
    request.losses = [...(request.losses ?? []), ...translated.losses];
    return translated.body;
  };
  return { usageFields, readUsage, readState, scrub, rewrite };
}

/** What a provider that knows no base64 answered (docs/contract.md, rule 10). The vendor's SDK would read floats as zeros. */
function inBase64(body: Buffer): Buffer {
  const rewritten = encodeEmbeddingsBase64(JSON.parse(body.toString('utf8')) as JsonObject);
  return rewritten === null ? body : Buffer.from(JSON.stringify(rewritten));
}

/** How a stream is watched, and translated where it comes in another dialect than the caller's. */
export function streamRules(request: InferenceRequest, answer: Answer, caller: WireDialect, clock: Clock): StreamRules {
  const spoken = WIRE_DIALECTS[answer.call.dialect];
  const { from, to } = codecs(request, answer, caller);
  const encodeError = (error: GatewayError) => caller.encodeStreamError(error, request.requestId);
  const createTap = (): StreamTap => {
    const native = spoken.createTap();
    if (from === null) {
      const shown = answer.call.hidesUsage ? new HiddenUsageTap(native, MAX_LINE_BYTES) : native;
      return new ScrubbedTap(shown, bytes => answer.secrets.scrubAnswer(bytes));
    }
    return new TranslatingTap({
      native,
      decoder: from.createStreamDecoder(),
      encoder: to.createStreamEncoder(responseOptions(request, to, clock)),
      maxLineBytes: MAX_LINE_BYTES,
      encodeError: () => encodeError(new GatewayError('upstream_error')),
    });
  };
  if (request.pathFields?.jsonArray !== true) return { ...SSE, createTap, encodeError };
  const tap = new JsonArrayTap(createTap(), MAX_LINE_BYTES);
  const elementOf = (error: GatewayError) => tap.error(caller.encodeError(error, request.requestId));
  return { ...JSON_ARRAY, createTap: () => tap, encodeError: elementOf };
}

type Pair = { readonly from: Codec; readonly to: Codec } | { readonly from: null; readonly to: null };

/** Which codecs an answer goes through; none where it is in the caller's dialect. */
function codecs(request: InferenceRequest, { call }: Answer, { codec: to }: WireDialect): Pair {
  const { codec: from } = WIRE_DIALECTS[call.dialect];
  if (call.native || from === null || to === null) return { from: null, to: null };
  return { from: withPlainToolNames(from, decodeOnce(request, to).request), to };
}

function responseOptions(request: InferenceRequest, to: Codec, clock: Clock): EncodeResponseOptions {
  const { request: neutral } = decodeOnce(request, to);
  return {
    model: request.wire.model ?? request.model.id,
    requestId: request.requestId,
    now: Math.floor(clock.now() / 1000),
    streamUsage: neutral.streamUsage,
    request: neutral,
  };
}

/** An answer that is none of its dialect is the upstream's fault. */
function readable<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UnreadableAnswer)) throw error;
    throw new GatewayError('upstream_invalid_response', { internal: error.message, cause: error });
  }
}
