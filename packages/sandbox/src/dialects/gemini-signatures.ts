import { canonicalJson } from '../json.js';
import { signReasoning } from '../reasoning-signature.js';

export interface FunctionCall {
  id?: string;
  name: string;
  args: Record<string, unknown>;
}

/** Signs the name and the arguments: who sends the call back may order the keys anew, and no more. */
export function signCall(call: FunctionCall): string {
  return signReasoning('gemini function call', callText(call));
}

/** Signs nothing but itself: a text that came in pieces goes back in others. */
export function signText(text: string): string {
  return signReasoning('gemini text', '', text);
}

/** The same for the same call, whatever the order of its keys. */
export function callText({ name, args }: Pick<FunctionCall, 'name' | 'args'>): string {
  return `${name}\n${canonicalJson(args)}`;
}
