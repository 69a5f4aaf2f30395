import type { FunctionResponse, Part } from 'genai3';
import type { JsonObject } from '../../json/value.js';
import type { EncodeRequestOptions } from '../neutral/codec.js';
import type {
  AssistantPart,
  MediaPart,
  NeutralRequest,
  Opaque,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  Turn,
  UserPart,
} from '../neutral/neutral.types.js';
import { markInstructions } from '../neutral/late-instructions.js';
import { innerPath, partPath, turnPath } from '../neutral/places.js';
import { toolNamesOf } from '../neutral/tool-calls.js';
import type { LossList } from '../wire/loss-list.js';
import { encodeMedia } from './media.js';
import { UNSIGNED, writeSignature } from './reasoning-signature.js';
import { encodeResultText, parseArguments } from './tool-result.js';
import { READER } from './wire-fields.js';

interface Content {
  readonly role: 'user' | 'model';
  readonly parts: JsonObject[];
}

/** The turns, those of one role after another in one content: Google wants the roles to alternate. @throws {RequestFieldError} */
export function encodeContents(
  request: NeutralRequest,
  { options, losses }: Pick<PartsContext, 'options' | 'losses'>,
): readonly JsonObject[] {
  const context: PartsContext = { options, losses, toolNames: toolNamesOf(request.turns) };
  const contents: Content[] = [];
  for (const [index, turn] of request.turns.entries()) {
    const path = turnPath(turn, index);
    const parts = encodeTurn(turn, path, context);
    if (parts.length === 0) continue;
    const role = turn.role === 'assistant' ? 'model' : 'user';
    const last = contents.at(-1);
    if (last?.role === role) for (const part of parts) last.parts.push(part);
    else contents.push({ role, parts: [...parts] });
  }
  if (options.thinkingLevels) for (const content of contents) signFirstCall(content, losses);
  return contents.map(({ role, parts }) => ({ role, parts }));
}

/** Gemini 3 refuses a step whose first call has no signature: one that another model made, or whose caller dropped it. */
function signFirstCall({ role, parts }: Content, losses: LossList): void {
  const at = role === 'model' ? parts.findIndex(part => 'functionCall' in part) : -1;
  const call = parts[at];
  if (call === undefined || 'thoughtSignature' in call) return;
  parts[at] = { ...call, thoughtSignature: UNSIGNED };
  losses.addOnce('signature', 'a call of the conversation has no signature of Gemini; its check is left out');
}

function encodeTurn(turn: Turn, path: string, context: PartsContext): readonly JsonObject[] {
  if (turn.role !== 'system' && turn.name !== undefined) {
    context.losses.add(`${path}.name`, 'Gemini takes no names of speakers');
  }
  if (turn.role === 'assistant') {
    return adoptSignatures(turn.parts).flatMap((part, index) =>
      part === null ? [] : encodeAssistantPart(part, partPath(part, index, turn, path), context),
    );
  }
  if (turn.role === 'system') {
    context.losses.add(path, 'Gemini takes instructions at the beginning only; these are a marked note of the user');
    return turn.parts.flatMap((part, index) =>
      encodeUserPart(markInstructions(part), partPath(part, index, turn, path), context),
    );
  }
  return turn.parts.flatMap((part, index) => encodeUserPart(part, partPath(part, index, turn, path), context));
}

/**
 * A dialect without a place for the signature of a call brings it as a thought without words right before the call. Gemini
 * looks for it on the call itself. What moved leaves a gap, so that places stay what they were.
 */
function adoptSignatures(parts: readonly AssistantPart[]): readonly (AssistantPart | null)[] {
  return parts.map((part, index) => {
    const before = parts[index - 1];
    const after = parts[index + 1];
    if (bareSignatureOf(part) !== null && isUnsignedCall(after)) return null;
    const signature = bareSignatureOf(before);
    return isUnsignedCall(part) && signature !== null ? { ...part, signature } : part;
  });
}

function bareSignatureOf(part: AssistantPart | undefined): Opaque | null {
  return part?.type === 'reasoning' && part.text === '' && part.opaque?.origin === 'gemini' ? part.opaque : null;
}

function isUnsignedCall(part: AssistantPart | undefined): part is ToolCallPart {
  return part?.type === 'tool-call' && part.signature === undefined;
}

interface PartsContext {
  readonly options: EncodeRequestOptions;
  readonly losses: LossList;
  readonly toolNames: ReadonlyMap<string, string>;
}

/** What Gemini 3 reads inside a function's response; all else stands beside it. */
const IN_RESPONSE = /^(?:image\/(?:png|jpeg|webp)|application\/pdf|text\/plain)$/;

/** @throws {RequestFieldError} */
function encodeUserPart(part: UserPart, path: string, context: PartsContext): readonly JsonObject[] {
  noteCache(part, context.losses);
  if (part.type === 'text') return encodeText(part, path, context.losses);
  if (part.type === 'media') return [encodeMediaPart(part, path, context)];
  return encodeResult(part, path, context);
}

/** @throws {RequestFieldError} */
function encodeAssistantPart(part: AssistantPart, path: string, context: PartsContext): readonly JsonObject[] {
  const { losses } = context;
  if (part.type === 'reasoning') return encodeReasoning(part, path, losses);
  if (part.type === 'refusal') return [{ text: part.text }];
  noteCache(part, losses);
  if (part.type === 'text') return encodeText(part, path, losses);
  if (part.type === 'media') return [encodeMediaPart(part, path, context)];
  return [encodeCall(part, path, losses)];
}

function encodeText(part: TextPart, path: string, losses: LossList): readonly JsonObject[] {
  if (part.citations !== undefined && part.citations.length > 0)
    losses.addOnce('citations', 'Gemini reads no citations');
  const signed = encodeSignature(part.signature, path, losses);
  return part.text === '' && !('thoughtSignature' in signed) ? [] : [{ text: part.text, ...signed }];
}

function encodeReasoning(part: ReasoningPart, path: string, losses: LossList): readonly JsonObject[] {
  if (part.opaque !== null && part.opaque.origin !== 'gemini') {
    losses.add(path, "another vendor's reasoning was left out");
    return [];
  }
  if (part.opaque === null && part.text === '') return [];
  const signature = part.opaque && { thoughtSignature: writeSignature(part.opaque) };
  return [{ text: part.text, thought: true, ...signature } satisfies Part];
}

function encodeCall(part: ToolCallPart, path: string, losses: LossList): JsonObject {
  const args = parseArguments(part.arguments);
  if (args === null) READER.refuse(`${path}.arguments`, 'must be a JSON object');
  return { functionCall: { id: part.id, name: part.name, args }, ...encodeSignature(part.signature, path, losses) };
}

function encodeSignature(signature: Opaque | undefined, path: string, losses: LossList): JsonObject {
  if (signature === undefined) return {};
  if (signature.origin === 'gemini') return { thoughtSignature: writeSignature(signature) };
  losses.add(`${path}.signature`, "another vendor's signature was left out");
  return {};
}

function encodeMediaPart(part: MediaPart, path: string, context: PartsContext): JsonObject {
  return { ...encodeMedia(part, path), ...encodeDetail(part, path, context) };
}

/** Gemini 3 is told for each image how closely to look at it; before, there was only one word for a whole request. */
function encodeDetail({ detail, name }: MediaPart, path: string, { options, losses }: PartsContext): JsonObject {
  if (name !== undefined) losses.add(`${path}.name`, 'Gemini takes no names of files');
  if (detail === undefined || detail === 'auto') return {};
  if (options.thinkingLevels) return { mediaResolution: { level: `MEDIA_RESOLUTION_${detail.toUpperCase()}` } };
  losses.add(`${path}.detail`, 'this model takes no detail for an image');
  return {};
}

function encodeResult(part: ToolResultPart, path: string, context: PartsContext): readonly JsonObject[] {
  const name = part.name ?? context.toolNames.get(part.callId);
  if (name === undefined) READER.refuse(path, 'answers a tool call that is not in the conversation');
  const texts: string[] = [];
  const inside: JsonObject[] = [];
  const beside: JsonObject[] = [];
  for (const [index, item] of part.content.entries()) {
    const itemPath = innerPath(item, index, part, path);
    noteCache(item, context.losses);
    if (item.type === 'text') texts.push(item.text);
    else if (fitsInside(item, context.options)) inside.push(encodeMedia(item, itemPath));
    else beside.push(encodeMediaPart(item, itemPath, context));
  }
  const response = encodeResultText({ text: texts.join('\n'), isError: part.isError });
  const functionResponse = { id: part.callId, name, response, ...(inside.length > 0 && { parts: inside }) };
  return [{ functionResponse: functionResponse satisfies WireResponse }, ...beside];
}

type WireResponse = Pick<FunctionResponse, 'id' | 'name' | 'response' | 'parts'>;

function fitsInside({ source }: MediaPart, { thinkingLevels }: EncodeRequestOptions): boolean {
  return thinkingLevels && source.type === 'base64' && IN_RESPONSE.test(source.mediaType);
}

function noteCache(part: { readonly cache?: unknown }, losses: LossList): void {
  if (part.cache !== undefined) losses.addOnce('cache_control', 'Gemini caches by itself and takes no marks');
}
