import type { AssistantPart, TextPart, Turn } from '../neutral/neutral.types.js';
import type { LossList } from '../wire/loss-list.js';
import { CallRegister } from './call-register.js';
import { decodeModelPart, decodeUserPart, type PartContext } from './decode-parts.js';
import { READER, type WireFields } from './wire-fields.js';

/** @throws {RequestFieldError} */
export function decodeContents(request: WireFields, losses: LossList): readonly Turn[] {
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
      turns.push({ role: 'assistant', parts: last });
    } else joinPieces(last, turn.parts);
  }
  if (turns.length === 0) READER.refuse('contents', 'must hold words of somebody');
  return turns;
}

function decodeTurn(content: WireFields, context: PartContext): Turn {
  const role = content.string('role') || 'user';
  const parts = partsOf(content);
  content.loseRest(context.losses);
  if (role === 'model') {
    const decoded = decodeEach(parts, part => decodeModelPart(part, context));
    return { role: 'assistant', parts: decoded.reduce(joinThoughts, []) };
  }
  // `function` is what the answers of functions were called at first.
  if (role === 'user' || role === 'function') {
    return { role: 'user', parts: decodeEach(parts, part => decodeUserPart(part, context)) };
  }
  READER.refuse(content.at('role'), 'must be user or model');
}

/**
 * The SDKs keep a streamed answer as a turn of its own for each event. A thought in pieces would have lost the seal that came
 * with its last one, and a word cut in two would be two words.
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
  const unsealed = last?.type === 'reasoning' && last.opaque === null;
  if (unsealed && part.type === 'reasoning' && !part.redacted) {
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
    return { type: 'text' as const, text };
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
