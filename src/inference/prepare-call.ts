import { type Dialect, isTranslated } from '../dialects/dialect.js';
import type { Loss } from '../dialects/neutral/neutral.types.js';
import { refuseFields } from '../dialects/refuse-fields.js';
import { bareModel } from '../dialects/refused-values.js';
import type { ScannedRequest } from '../dialects/scanned-request.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { JsonField } from '../json/scan.js';
import { readSmallObject, readString } from '../json/splice.js';
import { capabilitiesOf, dialectFor } from '../routing/capabilities.js';
import type { Target } from '../routing/target.types.js';
import { type BetaFlags, splitBetaFlags } from '../upstream/beta-flags.js';
import type { Abortable } from '../upstream/abort-signal.js';
import type { TargetCall } from '../upstream/upstream.service.js';
import type { PreparedCall } from './attempt.js';
import type { InferenceRequest } from './inference-request.js';
import type { Translated } from './translating/translate.js';
import type { RequestTranslation, Translations } from './translating/translations.service.js';
import { refuseLosses } from './translation.js';
import type { DialectDescriptor } from '../dialects/descriptor.js';
import { reading } from '../dialects/reading.js';

const LARGE_BODY_BYTES = 262_144;
const MESSAGES: Dialect = 'anthropic_messages';

interface Asking {
  readonly caller: DialectDescriptor;
  readonly target: Target;
  /** no other target is asked: of a large body only the translation is kept */
  readonly isLast?: boolean;
}

/**
 * The request as this target is asked it: the caller's bytes where it speaks the caller's dialect (decision 1), else their
 * meaning in a dialect that it does speak (decision 2).
 * @throws {GatewayError} upstream_model_unavailable where it speaks none; invalid_request where the meaning cannot be carried
 */
export function prepareCall(
  translation: RequestTranslation,
  { caller, target, isLast = false }: Asking,
  translations: Translations,
  signal: Abortable,
): PreparedCall | Promise<PreparedCall> {
  const { request } = translation;
  const dialect = dialectFor(target.upstream.kind, request.model, caller.name);
  reading(() => refuseFields(caller.name, target.upstream.kind, request.wire, dialect !== caller.name));
  const { passed: betaFlags, withheld } = betaFlagsFor(request, target, dialect);
  const flags = withheld.map(flag => ({ field: `anthropic-beta[${flag}]`, reason: 'this model is not asked with it' }));
  const lost = [...flags, ...(request.wire.losses ?? [])];
  const prepared = (call: TargetCall, losses: readonly Loss[]): PreparedCall => {
    refuseLosses(request, losses);
    return { call, losses: request.adapted.length === 0 ? losses : [...request.adapted, ...losses] };
  };
  if (dialect === caller.name) {
    const { body, hidesUsage } = nativeBody(request, target);
    return prepared({ dialect, native: true, hidesUsage, betaFlags, body }, lost);
  }
  const from = caller.codec?.dialect;
  if (dialect === null || !isTranslated(dialect) || from === undefined) {
    const internal = `${target.upstream.name} speaks no dialect for ${caller.name}`;
    throw new GatewayError('upstream_model_unavailable', { internal });
  }
  const put = ({ body, losses }: Translated) =>
    prepared({ dialect, native: false, hidesUsage: false, betaFlags, body: [body] }, [...losses, ...lost]);
  const translated = translations.translateRequest(translation, { from, to: dialect, target, isLast }, signal);
  return translated instanceof Promise ? translated.then(put) : put(translated);
}

/** Beta flags belong to Anthropic's own dialect, on both sides. */
function betaFlagsFor({ headers, dialect }: InferenceRequest, { upstream }: Target, spoken: Dialect | null): BetaFlags {
  const header = headers['anthropic-beta'];
  if (dialect !== MESSAGES || header === undefined) return { passed: [], withheld: [] };
  const allowed = spoken === MESSAGES ? (upstream.betaFlags ?? capabilitiesOf(upstream.kind).betaFlags) : [];
  return splitBetaFlags(String(header), allowed);
}

interface NativeBody {
  readonly body: readonly Buffer[];
  readonly hidesUsage: boolean;
}

/**
 * The caller's bytes with only the model's name replaced, and put in what a provider would do otherwise: in a stream of which
 * it would not tell the usage, the wish for it (decision 3); where it would keep the answer, that it shall not.
 */
function nativeBody(request: InferenceRequest, target: Target): NativeBody {
  const { wire, model } = request;
  const { body, modelField, unaskedUsage } = wire;
  const edits = modelEdits(wire, target.model);
  if (modelField === null) return { body: edited(body, edits), hidesUsage: false };
  const hidesUsage = unaskedUsage !== undefined && capabilitiesOf(target.upstream.kind).streamUsage(model);
  if (hidesUsage) edits.push(askForUsage(body, unaskedUsage.streamOptions, modelField));
  if (request.dialect === 'openai_responses' && capabilitiesOf(target.upstream.kind).storesByDefault === true) {
    edits.push(...keepNothing(wire.fields.get('store'), modelField));
  }
  return { body: edited(body, edits), hidesUsage };
}

function modelEdits({ body, modelField, repeatedModels = [] }: ScannedRequest, model: string): Edit[] {
  if (modelField !== null) return [{ start: modelField.start, end: modelField.end, text: JSON.stringify(model) }];
  return repeatedModels.map(field => {
    const said = readString(body, field) ?? '';
    const path = said.slice(0, said.length - bareModel(said).length);
    return { start: field.start, end: field.end, text: JSON.stringify(path + model) };
  });
}

/** A provider that keeps answers keeps them for everybody who has its account (docs/refused-fields.md). */
function keepNothing(store: JsonField | undefined, modelField: JsonField): Edit[] {
  if (store?.kind === 'false') return [];
  if (store === undefined) return [{ start: modelField.end, end: modelField.end, text: ',"store":false' }];
  return [{ start: store.start, end: store.end, text: 'false' }];
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function askForUsage(body: Buffer, field: JsonField | null, modelField: JsonField): Edit {
  if (field === null) {
    return { start: modelField.end, end: modelField.end, text: ',"stream_options":{"include_usage":true}' };
  }
  const options = readSmallObject(body, field, field.end - field.start) ?? {};
  return { start: field.start, end: field.end, text: JSON.stringify({ ...options, include_usage: true }) };
}

/** A small body is cheapest in one write, a large one without a second copy of it. */
function edited(body: Buffer, edits: readonly Edit[]): readonly Buffer[] {
  if (edits.length === 0) return [body];
  const inOrder = edits.length === 1 ? edits : edits.toSorted((left, right) => left.start - right.start);
  if (body.length < LARGE_BODY_BYTES) return [copied(body, inOrder)];
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { start, end, text } of inOrder) {
    pieces.push(body.subarray(from, start), Buffer.from(text));
    from = end;
  }
  pieces.push(body.subarray(from));
  return pieces;
}

/** @param edits in the order of their places */
function copied(body: Buffer, edits: readonly Edit[]): Buffer {
  const length = edits.reduce(
    (sum, { start, end, text }) => sum + Buffer.byteLength(text) - (end - start),
    body.length,
  );
  const copy = Buffer.allocUnsafe(length);
  let [from, at] = [0, 0];
  for (const { start, end, text } of edits) {
    at += body.copy(copy, at, from, start);
    at += copy.write(text, at);
    from = end;
  }
  body.copy(copy, at, from);
  return copy;
}
