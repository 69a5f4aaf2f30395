import type { AssistantPart, MediaPart, TextPart, ToolResultPart, Turn, UserPart } from '../neutral/neutral.types.js';
import { toolCallId } from '../neutral/tool-calls.js';
import { UnansweredCalls } from '../neutral/unanswered-calls.js';
import type { LossList } from '../wire/loss-list.js';
import { decodeFileData, decodeInlineData } from './media.js';
import { readSignature, saysUnsigned } from './reasoning-signature.js';
import { decodeResultText } from './tool-result.js';
import { READER, type WireFields } from './wire-fields.js';

/** @throws {RequestFieldError} */
export function decodeContents(
  request: WireFields,
  instructions: readonly TextPart[],
  losses: LossList,
): readonly Turn[] {
  const context: PartContext = { losses, calls: new CallRegister() };
  const turns: Turn[] = [];
  /** of the last turn, where that is the model's */
  let last: AssistantPart[] | null = null;
  for (const content of request.messages('contents')) {
    const turn = decodeTurn(content, context);
    if (turn.parts.length === 0) continue;
    if (turn.role !== 'assistant') {
      turns.push(turn);
      last = null;
    } else if (last === null) {
      last = [...turn.parts];
      turns.push({ role: 'assistant', parts: last, at: content.path });
    } else joinPieces(last, turn.parts);
  }
  if (turns.length === 0 && instructions.length === 0) READER.refuse('contents', 'must hold words of somebody');
  return turns;
}

function decodeTurn(content: WireFields, context: PartContext): Turn {
  const role = content.string('role') || 'user';
  const parts = partsOf(content);
  content.loseRest(context.losses);
  if (role === 'model') {
    const decoded = decodeEach(parts, part => decodeModelPart(part, context));
    return { role: 'assistant', parts: decoded.reduce(joinThoughts, []), at: content.path };
  }
  // `function` is what the answers of functions were called at first.
  if (role === 'user' || role === 'function') {
    return { role: 'user', parts: decodeEach(parts, part => decodeUserPart(part, context)), at: content.path };
  }
  READER.refuse(content.at('role'), 'must be user or model');
}

/**
 * The SDKs keep a streamed answer as a turn of its own for each event. A thought in pieces would have lost the signature that
 * came with its last one, and a word cut in two would be two words.
 */
function joinPieces(before: AssistantPart[], after: readonly AssistantPart[]): void {
  const last = before.at(-1);
  const [first, ...rest] = after;
  if (last?.type === 'text' && first?.type === 'text' && last.signature === undefined) {
    before.splice(-1, 1, { ...first, text: last.text + first.text });
    for (const part of rest) before.push(part);
  } else after.reduce(joinThoughts, before);
}

function joinThoughts(parts: AssistantPart[], part: AssistantPart): AssistantPart[] {
  const last = parts.at(-1);
  const unsigned = last?.type === 'reasoning' && last.opaque === null;
  if (unsigned && part.type === 'reasoning' && !part.redacted) {
    parts.splice(-1, 1, { ...part, text: last.text + part.text });
  } else parts.push(part);
  return parts;
}

/** The instructions, of which only text is known. @throws {RequestFieldError} */
export function decodeInstructions(request: WireFields, losses: LossList): readonly TextPart[] {
  const content = request.message('systemInstruction');
  if (content === null) return [];
  content.take('role');
  const texts = partsOf(content).map(part => {
    const text = part.string('text');
    if (text === null) READER.refuse(part.path, 'must hold text');
    part.loseRest(losses);
    return { type: 'text' as const, text, at: part.path };
  });
  content.loseRest(losses);
  return texts.filter(({ text }) => text !== '');
}

function partsOf(content: WireFields): readonly WireFields[] {
  const parts = content.messages('parts');
  if (parts.length === 0) READER.refuse(content.at('parts'), 'must hold at least one part');
  return parts;
}

function decodeEach<Part>(parts: readonly WireFields[], decode: (part: WireFields) => Part | null): readonly Part[] {
  return parts.map(decode).filter(part => part !== null);
}

/** The kinds of content of which a part holds one. */
const KINDS = ['text', 'inlineData', 'fileData', 'functionCall', 'functionResponse'] as const;

/** What Google's own tools did: it means nothing to anybody else. */
const RECORDS = ['executableCode', 'codeExecutionResult', 'toolCall', 'toolResponse'] as const;

type Kind = (typeof KINDS)[number] | (typeof RECORDS)[number] | 'signature';

interface PartContext {
  readonly losses: LossList;
  readonly calls: CallRegister;
}

/** A part of the user; null for a record of a vendor's tool, and for no words at all. @throws {RequestFieldError} */
function decodeUserPart(part: WireFields, { losses, calls }: PartContext): UserPart | null {
  const kind = kindOf(part);
  if (kind === 'functionCall' || kind === 'signature' || part.boolean('thought') === true) {
    READER.refuse(part.path, 'can only stand in a turn of the model');
  }
  const decoded = decodeUser(kind, part, losses, calls);
  part.loseRest(losses);
  return decoded && { ...decoded, at: part.path };
}

function decodeUser(kind: Kind, part: WireFields, losses: LossList, calls: CallRegister): UserPart | null {
  if (kind === 'text') return decodeText(part);
  if (kind === 'inlineData' || kind === 'fileData') return decodeMediaPart(kind, part, losses);
  if (kind === 'functionResponse') return decodeResult(part, losses, calls);
  part.take(kind);
  losses.add(part.at(kind));
  return null;
}

/** A part of the model; null for a record of a vendor's tool, and for no words at all. @throws {RequestFieldError} */
function decodeModelPart(part: WireFields, { losses, calls }: PartContext): AssistantPart | null {
  const kind = kindOf(part);
  if (kind === 'functionResponse') READER.refuse(part.path, 'can only stand in a turn of the user');
  const decoded = decodeModel(kind, part, losses, calls);
  part.loseRest(losses);
  return decoded && { ...decoded, at: part.path };
}

function decodeModel(kind: Kind, part: WireFields, losses: LossList, calls: CallRegister): AssistantPart | null {
  const thought = part.boolean('thought') === true;
  if (kind === 'signature' || (kind === 'text' && (thought || isBareSignature(part)))) return decodeThought(part);
  if (kind === 'text') return decodeText(part);
  if (kind === 'functionCall') return decodeCall(part, losses, calls);
  // What a thought looks at on its way is no part of the answer.
  if ((kind === 'inlineData' || kind === 'fileData') && !thought) return decodeMediaPart(kind, part, losses);
  part.take(kind);
  losses.add(part.at(kind));
  return null;
}

function kindOf(part: WireFields): Kind {
  const kinds = [...KINDS, ...RECORDS].filter(kind => part.has(kind));
  const [kind] = kinds;
  if (kinds.length === 1 && kind !== undefined) return kind;
  if (kind === undefined && part.has('thoughtSignature')) return 'signature';
  READER.refuse(part.path, kind === undefined ? 'holds no content' : 'must hold one kind of content');
}

/** An empty text that is only there to carry a signature. */
function isBareSignature(part: WireFields): boolean {
  return part.has('thoughtSignature') && part.take('text') === '';
}

function decodeText(part: WireFields): TextPart | null {
  const text = part.string('text') ?? '';
  const signature = part.string('thoughtSignature');
  // Google's streams end with an empty text, and its SDKs send back what came.
  if (text === '' && !signature) return null;
  return { type: 'text', text, ...(signature && { signature: readSignature(signature).opaque }) };
}

function decodeThought(part: WireFields): AssistantPart | null {
  const signature = part.string('thoughtSignature');
  const text = part.string('text') ?? '';
  if (!signature) return text === '' ? null : { type: 'reasoning', text, opaque: null, redacted: false };
  return { type: 'reasoning', text, ...readSignature(signature) };
}

function decodeMediaPart(kind: 'inlineData' | 'fileData', part: WireFields, losses: LossList): MediaPart {
  const data = part.message(kind);
  if (data === null) READER.refuse(part.at(kind), 'must be an object');
  const media = kind === 'inlineData' ? decodeInlineData(data, losses) : decodeFileData(data, losses);
  const detail = media.kind === 'image' ? decodeDetail(part, losses) : null;
  return { ...media, ...(detail && { detail }) };
}

function decodeDetail(part: WireFields, losses: LossList): 'low' | 'high' | null {
  const resolution = part.message('mediaResolution');
  const level = resolution?.constant('level') ?? null;
  resolution?.loseRest(losses);
  if (level === 'MEDIA_RESOLUTION_LOW') return 'low';
  if (level === 'MEDIA_RESOLUTION_HIGH' || level === 'MEDIA_RESOLUTION_ULTRA_HIGH') return 'high';
  if (resolution && level) losses.add(resolution.at('level'));
  return null;
}

function decodeCall(part: WireFields, losses: LossList, calls: CallRegister): AssistantPart {
  const call = part.message('functionCall');
  if (call === null) READER.refuse(part.at('functionCall'), 'must be an object');
  const name = call.name('name');
  const id = calls.call(call.string('id') || null, name, part.path);
  const args = call.carried('args') ?? {};
  call.loseRest(losses);
  const signature = part.string('thoughtSignature');
  return {
    type: 'tool-call',
    id,
    name,
    arguments: JSON.stringify(args),
    ...(signature && !saysUnsigned(signature) && { signature: readSignature(signature).opaque }),
  };
}

function decodeResult(part: WireFields, losses: LossList, calls: CallRegister): ToolResultPart {
  const result = part.message('functionResponse');
  if (result === null) READER.refuse(part.at('functionResponse'), 'must be an object');
  const name = result.name('name');
  const callId = calls.answer(result.string('id') || null, name, part.path);
  const response = result.carried('response');
  const { text, isError } = response === null ? { text: '', isError: false } : decodeResultText(response);
  const media = result.messages('parts').map(item => decodeResultMedia(item, losses));
  result.loseRest(losses);
  // An empty object beside media says nothing; alone it is what the tool said.
  const silent = text === '' || (media.length > 0 && text === '{}');
  const content = [...(silent ? [] : [textOf(text)]), ...media];
  return { type: 'tool-result', callId, name, content, isError };
}

function decodeResultMedia(item: WireFields, losses: LossList): MediaPart {
  const kind = item.has('inlineData') ? 'inlineData' : 'fileData';
  const media = decodeMediaPart(kind, item, losses);
  item.loseRest(losses);
  return { ...media, at: item.path };
}

function textOf(text: string): TextPart {
  return { type: 'text', text };
}

/**
 * Gives the calls of one conversation ids, and finds the call that a response answers: by its id where both have one, else
 * the first call of that name which has no answer yet.
 */
class CallRegister {
  private readonly unanswered = new UnansweredCalls();

  /** @param place where the call stands: the same conversation gives the same ids again */
  call(id: string | null, name: string, place: string): string {
    const known = id ?? toolCallId('request', place);
    this.unanswered.add(known, name);
    return known;
  }

  answer(id: string | null, name: string, place: string): string {
    const byId = id === null ? null : this.unanswered.takeId(id);
    return byId ?? this.unanswered.takeNamed(name) ?? id ?? toolCallId('request', place);
  }
}
