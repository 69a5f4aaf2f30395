import { readChatUsage } from './usage.js';

/** Whether cached tokens stand within the prompt, reasoning within the completion, and a total is given. */
interface Way {
  readonly cachedInside: boolean;
  readonly reasoningInside: boolean;
}

const WAYS: readonly Way[] = [true, false].flatMap(cachedInside =>
  [true, false].map(reasoningInside => ({ cachedInside, reasoningInside })),
);
const COUNTS = [0, 1, 10, 640, 650, 5_000] as const;

/** The tokens that there were: each class once. */
interface Truth {
  readonly input: number;
  readonly cacheRead: number;
  readonly said: number;
  readonly reasoning: number;
}

const TRUTHS: readonly Truth[] = COUNTS.flatMap(input =>
  COUNTS.flatMap(cacheRead => COUNTS.flatMap(said => COUNTS.map(reasoning => ({ input, cacheRead, said, reasoning })))),
);

function usageOf({ input, cacheRead, said, reasoning }: Truth, { cachedInside, reasoningInside }: Way) {
  return {
    prompt_tokens: input + (cachedInside ? cacheRead : 0),
    completion_tokens: said + (reasoningInside ? reasoning : 0),
    total_tokens: input + cacheRead + said + reasoning,
    prompt_tokens_details: { cached_tokens: cacheRead },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

/** Every truth that these numbers may tell: each way of counting that fits them. */
function readings(usage: ReturnType<typeof usageOf>): { readonly truth: Truth; readonly way: Way }[] {
  const cacheRead = usage.prompt_tokens_details.cached_tokens;
  const reasoning = usage.completion_tokens_details.reasoning_tokens;
  return WAYS.flatMap(way => {
    const input = usage.prompt_tokens - (way.cachedInside ? cacheRead : 0);
    const said = usage.completion_tokens - (way.reasoningInside ? reasoning : 0);
    const truth = { input, cacheRead, said, reasoning };
    const fits = input >= 0 && said >= 0 && input + cacheRead + said + reasoning === usage.total_tokens;
    return fits ? [{ truth, way }] : [];
  });
}

const countsOf = ({ input, cacheRead, said, reasoning }: Truth) => ({
  ...{ input, cacheRead, cacheWrite: 0, output: said + reasoning, reasoning },
});
const keyOf = (truth: Truth) => JSON.stringify(truth);

describe('the ways of counting cached and reasoning tokens', () => {
  it('are told apart by the total wherever it tells', () => {
    let unambiguous = 0;
    for (const truth of TRUTHS) {
      for (const way of WAYS) {
        const usage = usageOf(truth, way);
        if (new Set(readings(usage).map(reading => keyOf(reading.truth))).size > 1) continue;
        unambiguous += 1;
        expect([usage, readChatUsage(usage)]).toEqual([usage, countsOf(truth)]);
      }
    }
    expect(unambiguous).toBeGreaterThan(4_000);
  });

  it('are OpenAI’s, with the cached tokens within the prompt, where the total fits more than one', () => {
    let ambiguous = 0;
    for (const truth of TRUTHS) {
      for (const way of WAYS) {
        const usage = usageOf(truth, way);
        const found = readings(usage);
        if (new Set(found.map(reading => keyOf(reading.truth))).size < 2) continue;
        ambiguous += 1;
        const documented = found.find(reading => reading.way.cachedInside);
        expect([usage, readChatUsage(usage)]).toEqual([usage, countsOf((documented ?? found[0])?.truth ?? truth)]);
      }
    }
    expect(ambiguous).toBeGreaterThan(50);
  });

  it('do not need a total where a part is larger than what would hold it', () => {
    const usage = { prompt_tokens: 14, completion_tokens: 80, prompt_tokens_details: { cached_tokens: 900 } };

    expect(readChatUsage(usage)).toEqual({ input: 14, cacheRead: 900, cacheWrite: 0, output: 80, reasoning: 0 });
  });
});
