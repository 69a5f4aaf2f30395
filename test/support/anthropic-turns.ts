import { encodeRequest } from '../../src/dialects/anthropic-messages/encode-request.js';
import type { AssistantPart, NeutralRequest, Turn } from '../../src/dialects/neutral/neutral.types.js';
import { PLAIN_REQUEST, TARGET } from './anthropic-messages.js';

type Wire = Record<string, unknown> & {
  readonly messages: readonly { role: string; content: Record<string, unknown>[] }[];
};

/** The wire, and the names of what was lost. */
export function encode(
  fields: Partial<NeutralRequest>,
  options = TARGET,
): { readonly wire: Wire; readonly lost: string[] } {
  const { wire, losses } = encodeRequest({ ...PLAIN_REQUEST, ...fields }, options);
  return { wire: wire as unknown as Wire, lost: losses.map(({ field }) => field) };
}

export const text = (words: string) => ({ type: 'text' as const, text: words });
export const user = (...parts: Extract<Turn, { role: 'user' }>['parts']): Turn => ({ role: 'user', parts });
export const assistant = (...parts: AssistantPart[]): Turn => ({ role: 'assistant', parts });
export const call = (id: string, args = '{}'): AssistantPart => ({
  type: 'tool-call',
  id,
  name: 'find',
  arguments: args,
});
export const result = (callId: string) => ({
  type: 'tool-result' as const,
  callId,
  name: null,
  content: [text('done')],
  isError: false,
});
