import type { Json, JsonObject } from '../../json/value.js';
import type { AssistantPart, Citation, Opaque, TokenLogprob } from '../neutral/neutral.types.js';
import { writeOpaque } from '../neutral/opaque.js';
import { encodeAnnotation } from './annotations.js';
import { REDACTED_ID, SEAL_AFTER_ID } from './decode-input.js';
import { encodeLogprobList } from './logprobs.js';

/** The items of an answer as a caller reads them. Ids follow from the answer's id and the item's place. */
export class ItemNames {
  private readonly stem: string;

  constructor(responseId: string) {
    this.stem = responseId
      .replace(/^resp_/, '')
      .replaceAll(/[^A-Za-z0-9_-]/g, '')
      .slice(0, 48);
  }

  of(kind: 'msg' | 'fc' | 'rs' | 'ig', place: number): string {
    return `${kind}_${this.stem}_${place}`;
  }

  after(place: number): string {
    return `${SEAL_AFTER_ID}${this.stem}_${place}`;
  }

  redacted(place: number): string {
    return `${REDACTED_ID}${this.stem}_${place}`;
  }
}

export function textContent(
  text: string,
  citations: readonly Citation[],
  logprobs: readonly TokenLogprob[],
): JsonObject {
  const annotations = citations.flatMap(citation => encodeAnnotation(citation, text.length) ?? []);
  return { type: 'output_text', text, annotations, logprobs: encodeLogprobList(logprobs) };
}

export function messageItem(id: string, content: readonly Json[], status = 'completed'): JsonObject {
  return { type: 'message', id, status, role: 'assistant', content };
}

export function callItem(
  id: string,
  call: { readonly id: string; readonly name: string; readonly arguments: string },
  status = 'completed',
): JsonObject {
  return { type: 'function_call', id, call_id: call.id, name: call.name, arguments: call.arguments, status };
}

export function thoughtItem(id: string, text: string, opaque: Opaque | null): JsonObject {
  const summary = text === '' ? [] : [{ type: 'summary_text', text }];
  return {
    type: 'reasoning',
    id,
    summary,
    ...(opaque !== null && { encrypted_content: writeOpaque(opaque, 'openai') }),
  };
}

/** What of a part needs an item of its own behind it: another vendor's seal on words or on a call. */
export function sealBehind(part: AssistantPart): Opaque | null {
  const sealed = part.type === 'text' || part.type === 'tool-call' ? part.signature : undefined;
  return sealed === undefined || sealed.origin === 'openai' ? null : sealed;
}
