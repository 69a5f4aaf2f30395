import { JsonArrayTap } from '../dialects/gemini/json-array-tap.js';
import type { Codec } from '../dialects/neutral/codec.js';
import { ScrubbedTap } from '../dialects/scrubbed-tap.js';
import type { StreamTap, Told } from '../dialects/stream-tap.js';
import { countVectors } from '../dialects/embeddings/vector-count.js';
import { forRequest } from '../dialects/for-request.js';
import { TranslatingTap } from '../dialects/translating-tap.js';
import { GatewayError } from '../errors/gateway-error.js';
import { namingSupport } from '../errors/support-contact.js';
import type { JsonRelayRules } from '../relay/json-relay-rules.js';
import type { StreamRelayRules } from '../relay/stream-relay-rules.js';
import { reportedFailure } from '../upstream/failures.js';
import { readProviderFields } from '../upstream/provider-error.js';
import type { Answer } from '../upstream/upstream.service.js';
import { answerHeaders } from './answer-headers.js';
import { estimateInputTokens } from './estimate.js';
import type { Answered } from './target-loop.js';
import type { Translated } from './translating/translate.js';
import type { RequestTranslation, Translations } from './translating/translations.service.js';
import { type DialectDescriptor, MAX_LINE_BYTES } from '../dialects/descriptor.js';
import { DESCRIPTORS } from '../dialects/descriptors.js';

const SSE = { contentType: 'text/event-stream', comment: ': keep-alive' } as const;
/** White space between the elements of an array keeps a connection alive as well as a comment between events. */
const JSON_ARRAY = { contentType: 'application/json', comment: '' } as const;

/** What holds for every answer to a request. */
interface Common extends Pick<JsonRelayRules, 'settle' | 'maxBytes'> {
  readonly supportContact: string | null;
  /** takes note of a failure that stands in the place of an answer, before a byte was sent */
  readonly noted: (error: GatewayError) => GatewayError;
}

/** How a whole answer is read, and rewritten where it came in another dialect than the caller's. */
export function jsonRules(
  { attempt, answer }: Answered,
  translation: RequestTranslation,
  caller: DialectDescriptor,
  translations: Translations,
  { settle, maxBytes, noted }: Common,
): JsonRelayRules {
  const { request } = translation;
  const spoken = DESCRIPTORS[answer.call.dialect];
  let losses = attempt.prepared?.losses ?? [];
  const pair = pairOf(answer, caller);
  const rewrite = () => {
    if (pair === null) return (body: Buffer) => bodyOf(translations.vectors(translation, body));
    return (body: Buffer) =>
      bodyOf(translations.translateAnswer(translation, pair.from.dialect, pair.to.dialect, body), translated => {
        losses = [...losses, ...translated.losses];
      });
  };
  const isRewritten = pair !== null || request.wire.vectorForm !== undefined;
  return {
    usageFields: spoken.usageFields,
    readUsage: found => spoken.readUsage(found),
    readState: spoken.readState ?? null,
    readFailure: body => {
      const failure = spoken.readFailure(body);
      if (failure !== null) return noted(failureIn(failure, answer));
      const { vectors } = request.wire;
      const told = vectors === undefined ? undefined : countVectors(body);
      if (told === vectors) return null;
      return noted(
        new GatewayError('upstream_invalid_response', { internal: `${told} vectors for ${vectors} inputs` }),
      );
    },
    scrub: bytes => answer.secrets.scrubAnswer(bytes),
    headers: () => answerHeaders(request, answer, losses),
    rewrite: isRewritten ? rewrite() : null,
    hold: isRewritten ? translations.answerHold(request) : null,
    settle,
    maxBytes,
  };
}

function bodyOf(
  translated: Translated | Promise<Translated>,
  note: (translated: Translated) => void = () => undefined,
): Buffer | Promise<Buffer> {
  const take = (whole: Translated) => {
    note(whole);
    return whole.body;
  };
  return translated instanceof Promise ? translated.then(whole => take(whole)) : take(translated);
}

/** How a stream is watched, and translated where it comes in another dialect than the caller's. */
export function streamRules(
  { attempt, answer }: Answered,
  translation: RequestTranslation,
  caller: DialectDescriptor,
  translations: Translations,
  { settle, maxBytes, noted, supportContact }: Common,
): StreamRelayRules {
  const { request } = translation;
  const spoken = DESCRIPTORS[answer.call.dialect];
  const pair = pairOf(answer, caller);
  const headers = () => answerHeaders(request, answer, attempt.prepared?.losses ?? []);
  const named = (error: GatewayError) => namingSupport(error, supportContact);
  const encodeError = (error: GatewayError, sequence?: number) =>
    caller.encodeStreamError(named(error), request.requestId, sequence);
  const failureError = (failure: Told) => noted(failureIn(failure, answer));
  const createTap = (): StreamTap => {
    const native = spoken.createTap();
    if (pair === null) {
      const shown = answer.call.hidesUsage ? spoken.hideUsage(native) : native;
      return new ScrubbedTap(shown, bytes => answer.secrets.scrubAnswer(bytes));
    }
    const encoder = pair.to.createStreamEncoder(translations.responseOptions(translation));
    return new TranslatingTap({
      native,
      decoder: forRequest(pair.from, translation.asked).createStreamDecoder(),
      encoder,
      maxLineBytes: MAX_LINE_BYTES,
      ...(translation.asked.streamUsage && { estimatedInput: estimateInputTokens(request.wire) }),
      encodeError: failure => {
        const error = failureIn(failure, answer);
        return encoder.fail === undefined ? encodeError(error) : Buffer.from(encoder.fail(answerErrorOf(error)));
      },
    });
  };
  const common = { createTap, failureError, headers, settle, maxBytes };
  if (request.pathFields?.jsonArray !== true) return { ...SSE, ...common, encodeError };
  const tap = new JsonArrayTap(createTap(), MAX_LINE_BYTES);
  const elementOf = (error: GatewayError) => tap.error(caller.encodeError(named(error), request.requestId));
  return { ...JSON_ARRAY, ...common, createTap: () => tap, encodeError: elementOf };
}

/** What the provider told of its failure, as an error of ours. */
function failureIn(failure: Told, { secrets }: Answer): GatewayError {
  return reportedFailure(readProviderFields(failure), { origin: null, secrets: [secrets] });
}

/** OpenAI's codes for an answer that failed; the provider's own where the request is to blame. */
function answerErrorOf({ code, providerCode, publicMessage: message }: GatewayError): {
  code: string;
  message: string;
} {
  const named = code === 'upstream_rate_limited' ? 'rate_limit_exceeded' : 'server_error';
  return { code: providerCode ?? (code === 'upstream_rejected' ? 'invalid_prompt' : named), message };
}

interface Pair {
  readonly from: Codec;
  readonly to: Codec;
}

/** Which codecs an answer goes through; null where it is in the caller's dialect. */
function pairOf({ call }: Answer, { codec: to }: DialectDescriptor): Pair | null {
  const { codec: from } = DESCRIPTORS[call.dialect];
  return call.native || from === null || to === null ? null : { from, to };
}
