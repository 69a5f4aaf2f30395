import type { Message } from 'anthropic-sdk/resources/messages';
import type { EncodeResponseOptions } from '../neutral/codec.js';
import type { TokenCounts } from '../token-counts.js';
import { encodeAnswerTier } from './service-tier.js';
import { writeMessagesUsage } from './usage.js';

export const NO_TOKENS: TokenCounts = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };

export interface AnswerFacts {
  readonly id: string;
  readonly usage: TokenCounts | null;
  readonly serviceTier: string | null;
}

/** An answer without words yet: what stands around them. */
export function writeAnswerFrame(facts: AnswerFacts, { model, requestId }: EncodeResponseOptions): Message {
  const id = facts.id || requestId;
  return {
    id: id.startsWith('msg_') ? id : `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    container: null,
    diagnostics: null,
    stop_details: null,
    stop_reason: null,
    stop_sequence: null,
    usage: {
      ...writeMessagesUsage(facts.usage ?? NO_TOKENS),
      service_tier: encodeAnswerTier(facts.serviceTier),
    },
  };
}
