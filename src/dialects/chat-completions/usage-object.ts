import type { JsonObject } from '../../json/value.js';
import { inputTokensOf, type TokenCounts, totalTokensOf } from '../token-counts.js';

/** The `usage` object of an answer: the reverse of `readChatUsage`. */
export function encodeChatUsage(counts: TokenCounts): JsonObject {
  const { cacheWrite, cacheWrite1h = 0, inputAudio = 0, outputAudio = 0 } = counts;
  const written = cacheWrite + cacheWrite1h;
  return {
    prompt_tokens: inputTokensOf(counts),
    completion_tokens: counts.output + outputAudio,
    total_tokens: totalTokensOf(counts),
    prompt_tokens_details: {
      cached_tokens: counts.cacheRead,
      ...(written > 0 && { cache_write_tokens: written }),
      ...(inputAudio > 0 && { audio_tokens: inputAudio }),
    },
    completion_tokens_details: {
      reasoning_tokens: counts.reasoning,
      ...(outputAudio > 0 && { audio_tokens: outputAudio }),
    },
  };
}
