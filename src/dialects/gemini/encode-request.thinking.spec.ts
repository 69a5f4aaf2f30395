import type { JsonObject } from '../../json/value.js';
import type { ReasoningRequest } from '../neutral/neutral.types.js';
import { decodeGeminiRequest } from './decode-request.js';
import { encodeGeminiRequest } from './encode-request.js';

const plain = decodeGeminiRequest({ model: 'asked', contents: [{ parts: [{ text: 'Hello.' }] }] }).request;

describe('the thinking that encodeGeminiRequest asks for', () => {
  const silent: ReasoningRequest = { mode: null, effort: null, budgetTokens: null, show: null };
  const thinkingOf = (reasoning: Partial<ReasoningRequest>, thinkingLevels: boolean) => {
    const options = { model: 'm', defaultMaxTokens: 1, streamUsage: false, adaptiveThinking: false, thinkingLevels };
    const { wire, losses } = encodeGeminiRequest({ ...plain, reasoning: { ...silent, ...reasoning } }, options);
    const config = wire['generationConfig'] as JsonObject | undefined;
    return [config?.['thinkingConfig'], losses.map(loss => loss.field)];
  };

  it.each<[Partial<ReasoningRequest>, object | undefined, string[]]>([
    [{}, undefined, []],
    [{ mode: 'off', show: 'auto' }, { thinkingBudget: 0 }, []],
    [{ effort: 'none' }, { thinkingBudget: 0 }, []],
    [{ effort: 'minimal' }, { thinkingBudget: 512 }, []],
    [{ effort: 'low' }, { thinkingBudget: 1024 }, []],
    [{ effort: 'medium', show: 'auto' }, { thinkingBudget: 8192, includeThoughts: true }, []],
    [{ effort: 'high', mode: 'adaptive' }, { thinkingBudget: 24_576 }, []],
    [{ effort: 'xhigh' }, { thinkingBudget: 32_768 }, []],
    [{ effort: 'max', show: 'none' }, { thinkingBudget: 32_768, includeThoughts: false }, []],
    [{ mode: 'on', budgetTokens: 2000 }, { thinkingBudget: 2000 }, []],
    [{ mode: 'on' }, { thinkingBudget: -1 }, []],
    [{ mode: 'adaptive', show: 'detailed' }, { thinkingBudget: -1, includeThoughts: true }, ['reasoning.summary']],
  ])('gives a model that thinks by budget for %j', (reasoning, thinking, lost) => {
    expect(thinkingOf(reasoning, false)).toEqual([thinking, lost]);
  });

  it.each<[Partial<ReasoningRequest>, object | undefined, string[]]>([
    [{}, undefined, []],
    [{ mode: 'off', show: 'auto' }, { thinkingLevel: 'MINIMAL' }, ['reasoning.mode']],
    [{ effort: 'none' }, { thinkingLevel: 'MINIMAL' }, ['reasoning.effort']],
    [{ effort: 'low', show: 'auto' }, { thinkingLevel: 'LOW', includeThoughts: true }, []],
    [{ effort: 'medium' }, { thinkingLevel: 'MEDIUM' }, []],
    [{ effort: 'high' }, { thinkingLevel: 'HIGH' }, []],
    [{ effort: 'xhigh' }, { thinkingLevel: 'HIGH' }, ['reasoning.effort']],
    [{ effort: 'max' }, { thinkingLevel: 'HIGH' }, ['reasoning.effort']],
    [{ mode: 'adaptive' }, undefined, []],
    [{ mode: 'on', budgetTokens: 400 }, { thinkingLevel: 'MINIMAL' }, ['reasoning.budget_tokens']],
    [{ mode: 'on', budgetTokens: 2000 }, { thinkingLevel: 'LOW' }, ['reasoning.budget_tokens']],
    [{ mode: 'on', budgetTokens: 8192 }, { thinkingLevel: 'MEDIUM' }, ['reasoning.budget_tokens']],
    [{ mode: 'on', budgetTokens: 30_000 }, { thinkingLevel: 'HIGH' }, ['reasoning.budget_tokens']],
  ])('gives a model that thinks by levels for %j', (reasoning, thinking, lost) => {
    expect(thinkingOf(reasoning, true)).toEqual([thinking, lost]);
  });
});
