import type { JsonObject } from '../../json/value.js';
import type { AssistantPart, NeutralRequest, Opaque, ToolCallPart, Turn } from '../neutral/neutral.types.js';
import { toolNamesOf } from '../neutral/tool-calls.js';
import { encodeAssistantPart, encodeUserPart, type PartsContext } from './encode-parts.js';

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
    const path = `turns[${index}]`;
    const parts = encodeTurn(turn, path, context);
    if (parts.length === 0) continue;
    const role = turn.role === 'assistant' ? 'model' : 'user';
    const last = contents.at(-1);
    if (last?.role === role) for (const part of parts) last.parts.push(part);
    else contents.push({ role, parts: [...parts] });
  }
  return contents.map(({ role, parts }) => ({ role, parts }));
}

function encodeTurn(turn: Turn, path: string, context: PartsContext): readonly JsonObject[] {
  if (turn.role !== 'system' && turn.name !== undefined) {
    context.losses.add(`${path}.name`, 'Gemini takes no names of speakers');
  }
  if (turn.role === 'assistant') {
    return adoptSeals(turn.parts).flatMap((part, index) =>
      part === null ? [] : encodeAssistantPart(part, `${path}.parts[${index}]`, context),
    );
  }
  if (turn.role === 'system') {
    context.losses.add(path, 'Gemini takes instructions at the beginning only; these became words of the user');
  }
  return turn.parts.flatMap((part, index) => encodeUserPart(part, `${path}.parts[${index}]`, context));
}

/**
 * A dialect without a place for the seal of a call brings it as a thought without words right before the call. Gemini looks
 * for it on the call itself. What moved leaves a gap, so that places stay what they were.
 */
function adoptSeals(parts: readonly AssistantPart[]): readonly (AssistantPart | null)[] {
  return parts.map((part, index) => {
    const before = parts[index - 1];
    const after = parts[index + 1];
    if (bareSealOf(part) !== null && isUnsealedCall(after)) return null;
    const signature = bareSealOf(before);
    return isUnsealedCall(part) && signature !== null ? { ...part, signature } : part;
  });
}

function bareSealOf(part: AssistantPart | undefined): Opaque | null {
  return part?.type === 'reasoning' && part.text === '' && part.opaque?.origin === 'gemini' ? part.opaque : null;
}

function isUnsealedCall(part: AssistantPart | undefined): part is ToolCallPart {
  return part?.type === 'tool-call' && part.signature === undefined;
}
