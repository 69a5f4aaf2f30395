import { seededRandom } from './seeded-random.js';
import type { TokenPiece } from './tokenizer.js';

interface Logprob {
  token: string;
  bytes: number[];
  logprob: number;
}

/** Plausible and deterministic: the chosen token is likely, the others are near misses of it. */
export function logprobsOf(pieces: readonly TokenPiece[], top: number): Array<Logprob & { top_logprobs: Logprob[] }> {
  return pieces.map(({ text }, index) => {
    const random = seededRandom(`${index} ${text}`);
    const logprob = -Number((random.next() * 0.9).toFixed(6));
    const describe = (token: string, value: number): Logprob => {
      return { token, bytes: [...Buffer.from(token)], logprob: value };
    };
    const others = Array.from({ length: top }, (_, rank) =>
      rank === 0
        ? describe(text, logprob)
        : describe(`${text}${'~'.repeat(rank)}`, Number((logprob - 1.5 * rank).toFixed(6))),
    );
    return { ...describe(text, logprob), top_logprobs: others };
  });
}
