import type { FunctionCall } from 'genai3';
import { isSealOf, seal } from '../seal.js';
import { isJsonObject } from '../wire-checks.js';

const CALL_SEAL = 'gemini function call';
const TEXT_SEAL = 'gemini text';

/** What Google accepts in place of a signature, for calls that its models have not made. */
const STAND_INS = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'];

/** Signs the name and the arguments: who sends the call back may order the keys anew, and no more. */
export function signCall(call: FunctionCall): string {
  return seal(CALL_SEAL, callText(call));
}

/** Signs nothing but itself: a text that came in pieces goes back in others. */
export function signText(text: string): string {
  return seal(TEXT_SEAL, '', text);
}

/** True for a signature of this sandbox at its place, and for a word that Google lets pass. */
export function isSignatureOf(signature: string, call: FunctionCall | undefined): boolean {
  if (STAND_INS.includes(signature) || STAND_INS.includes(Buffer.from(signature, 'base64').toString())) return true;
  return call === undefined ? isSealOf(signature, TEXT_SEAL, '') : isSealOf(signature, CALL_SEAL, callText(call));
}

function callText({ name, args }: FunctionCall): string {
  return `${name}\n${JSON.stringify(sorted(args ?? {}))}`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
