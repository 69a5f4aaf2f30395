import type { ModelAnswer } from '../compose/answer.js';
import type { UsageFault } from './fault-plan.js';

/** What an answer says it cost. */
export interface ReportedUsage {
  input: number;
  output: number;
  /** Part of `output`. */
  reasoning: number;
}

/** The usage as the fault wants it told; null where it is not told at all. */
export function reportedUsage(answer: ModelAnswer, fault?: UsageFault): ReportedUsage | null {
  if (fault === 'missing') return null;
  if (fault === 'zero') return { input: 0, output: 0, reasoning: 0 };
  if (fault === 'negative') return { input: -5, output: -7, reasoning: 0 };
  if (fault === 'huge') return { input: 2 ** 60, output: 2 ** 60, reasoning: 0 };
  const { promptTokens, completionTokens, reasoningTokens } = answer;
  return { input: promptTokens, output: completionTokens, reasoning: reasoningTokens };
}

/** Where in its stream a dialect tells the whole usage; null where it does as it always does. */
export interface UsagePlaces {
  first: boolean;
  middle: boolean;
  last: boolean;
}

export function usagePlaces(fault?: UsageFault): UsagePlaces | null {
  if (fault === 'first') return { first: true, middle: false, last: false };
  if (fault === 'middle') return { first: false, middle: true, last: false };
  if (fault === 'duplicate') return { first: false, middle: true, last: true };
  return fault === 'everywhere' ? { first: true, middle: true, last: true } : null;
}
