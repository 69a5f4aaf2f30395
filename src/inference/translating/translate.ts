import { encodeEmbeddingsBase64 } from '../../dialects/embeddings/base64.js';
import { encodeEmbedAnswer } from '../../dialects/embeddings/embed-content.js';
import type { VectorForm } from '../../dialects/embeddings/vector-form.js';
import {
  type DecodedRequest,
  type EncodeRequestOptions,
  type EncodeResponseOptions,
  UnreadableAnswer,
} from '../../dialects/neutral/codec.js';
import { failureMessage } from '../../dialects/neutral/endings.js';
import type {
  ChatDialect,
  Loss,
  NeutralRequest,
  NeutralResponse,
  OutputFormat,
  Tool,
  ToolCallPart,
} from '../../dialects/neutral/neutral.types.js';
import { CallerFields } from '../../dialects/caller-fields.js';
import { forRequest } from '../../dialects/for-request.js';
import { mayBeNoObject } from '../../dialects/schemas/output-root.js';
import { fieldPath } from '../../dialects/wire/field-reader.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { JsonObject } from '../../json/value.js';
import { DESCRIPTORS } from '../../dialects/descriptors.js';
import { parseRequest, reading } from '../../dialects/reading.js';

/** What of a request's meaning stands in its path, in the dialect that has it there. */
export interface SaidInPath {
  readonly model: string | null;
  readonly stream: boolean;
}

/** One body to be translated. Data only: a worker thread does it as well as the event loop. */
export type TranslationTask =
  | {
      readonly type: 'request';
      readonly body: Uint8Array;
      readonly from: ChatDialect;
      readonly to: ChatDialect;
      readonly saidInPath: SaidInPath | null;
      readonly options: EncodeRequestOptions;
    }
  | {
      readonly type: 'answer';
      readonly body: Uint8Array;
      readonly from: ChatDialect;
      readonly to: ChatDialect;
      /** with what was asked, or an outline of it */
      readonly options: EncodeResponseOptions;
    }
  | { readonly type: 'vectors'; readonly body: Uint8Array; readonly form: VectorForm };

export interface Translated {
  readonly body: Buffer;
  readonly losses: readonly Loss[];
}

/** A request that was read, and by what names its caller knows its fields. */
export interface ReadRequest extends DecodedRequest {
  readonly fields: CallerFields;
}

/** @throws {GatewayError} invalid_request */
export function decodeRequest(body: Uint8Array, from: ChatDialect, saidInPath: SaidInPath | null): ReadRequest {
  const wire = parseRequest(body);
  const decoded = reading(() =>
    DESCRIPTORS[from].codec.decodeRequest(saidInPath === null ? wire : { ...wire, ...saidInPath }),
  );
  return { ...decoded, fields: new CallerFields(from, wire) };
}

/** @throws {GatewayError} invalid_request where the request holds what the dialect cannot carry */
export function encodeRequest(decoded: ReadRequest, to: ChatDialect, options: EncodeRequestOptions): Translated {
  const { request, fields } = decoded;
  const codec = forRequest(DESCRIPTORS[to].codec, request);
  const encoded = reading(() => fields.naming(() => codec.encodeRequest(request, options)));
  const body = Buffer.from(stringify(encoded.wire));
  return { body, losses: [...decoded.losses, ...encoded.losses] };
}

/**
 * A whole answer in the caller's dialect, and what of it could not be said.
 * @throws {GatewayError} upstream_invalid_response for one that is none of its dialect
 */
export function translateAnswer(
  body: Uint8Array,
  from: ChatDialect,
  to: ChatDialect,
  options: EncodeResponseOptions,
): Translated {
  try {
    const decoder = forRequest(DESCRIPTORS[from].codec, options.request);
    const answer = decoder.decodeResponse(parsedAnswer(body));
    refuseFailed(answer, to);
    const { wire, losses } = DESCRIPTORS[to].codec.encodeResponse(answer, options);
    return { body: Buffer.from(JSON.stringify(wire)), losses: [...(answer.losses ?? []), ...losses] };
  } catch (error) {
    if (!(error instanceof UnreadableAnswer)) throw error;
    throw new GatewayError('upstream_invalid_response', { internal: error.message, cause: error });
  }
}

/** An answer that its provider gave up is an error, but where the dialect has a form for it. */
function refuseFailed({ choices }: NeutralResponse, to: ChatDialect): void {
  const [first] = choices;
  if (first === undefined || DESCRIPTORS[to].codec.saysFailure || choices.some(({ finish }) => finish !== 'error'))
    return;
  throw new GatewayError('upstream_error', { publicMessage: failureMessage(first.failure) });
}

/**
 * An answer of vectors in the form that its caller reads: base64 too where the provider knows none (docs/contract.md, rule
 * 10), because the vendor's SDK would read floats as zeros.
 */
export function inForm(body: Uint8Array, form: VectorForm): Translated {
  const answer = JSON.parse(textOf(body)) as JsonObject;
  const rewritten = form === 'base64' ? encodeEmbeddingsBase64(answer) : encodeEmbedAnswer(answer, form);
  return { body: rewritten === null ? asBuffer(body) : Buffer.from(JSON.stringify(rewritten)), losses: [] };
}

/** What an answer may repeat of a request, in bytes of JSON, where the request is large. */
const MAX_REPEATED_BYTES = 262_144;
const MAX_TOOL_NAMES = 4_096;

/**
 * Of a large request as much as the translation of its answer needs: its settings, and the names of its tools. What the
 * caller would read again in a Responses answer is left out where it is large.
 */
export function outlineOf(request: NeutralRequest): NeutralRequest {
  const calls = new Map<string, ToolCallPart>();
  for (const { parts } of request.turns) {
    for (const part of parts) {
      if ((part.type !== 'tool-call' && part.type !== 'tool-result') || part.name === null) continue;
      const { name, custom, namespace } = part as Partial<ToolCallPart> & { name: string };
      if (calls.has(name) && part.type === 'tool-result') continue;
      const told = { ...(custom && { custom }), ...(namespace && { namespace }) };
      calls.set(name, { type: 'tool-call', id: name, name, arguments: '{}', ...told });
    }
  }
  const parts = [...calls.values()].slice(0, MAX_TOOL_NAMES);
  const outline: NeutralRequest = { ...request, turns: [{ role: 'assistant', parts }] };
  if (JSON.stringify(outline).length <= MAX_REPEATED_BYTES) return outline;
  const tools = request.tools.slice(0, MAX_TOOL_NAMES).flatMap((tool): Tool[] => {
    if (tool.type === 'vendor') return [];
    const { type, name, namespace } = tool;
    const named = { name, description: null, ...(namespace && { namespace: { ...namespace, description: '' } }) };
    if (type === 'custom') return [{ ...named, type, grammar: null }];
    return [{ ...named, type, parameters: null, strict: tool.strict }];
  });
  return {
    ...outline,
    instructions: [],
    tools,
    output: outlineOfOutput(request.output),
    metadata: null,
    stop: [],
    user: null,
  };
}

/** Whether answers are held in an object must be known of a large schema too. */
function outlineOfOutput(output: OutputFormat | null): OutputFormat | null {
  if (output?.type !== 'schema') return null;
  return {
    ...output,
    description: null,
    schema: mayBeNoObject(output.schema) ? { type: 'array' } : { type: 'object' },
  };
}

function textOf(body: Uint8Array): string {
  return asBuffer(body).toString('utf8');
}

function asBuffer(body: Uint8Array): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function parsedAnswer(body: Uint8Array): JsonObject {
  try {
    return JSON.parse(textOf(body)) as JsonObject;
  } catch (cause) {
    throw new UnreadableAnswer('the answer is no JSON', { cause });
  }
}

/** `1e999` is a number to the parser and none to JSON: sent on as null it would be another request. */
function stringify(wire: JsonObject): string {
  return JSON.stringify(wire, (key, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      const field = fieldPath('', key);
      throw new GatewayError('invalid_request', {
        publicMessage: `${field} holds a number that is too large`,
        param: field,
      });
    }
    return value;
  });
}
