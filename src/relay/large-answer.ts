import type { StreamedText } from '../dialects/stream-tap.js';
import { TextSample } from '../dialects/text-sample.js';
import type { TokenCounts } from '../dialects/token-counts.js';
import { skipSpace } from '../json/space.js';
import { TopLevelValues } from '../json/top-level-values.js';
import type { UsageRules } from './json-usage.js';

const OPEN_BRACE = 0x7b;

/** An answer that is too long to hold: what of it says what must be paid, and of its text a sample from its beginning. */
export class LargeAnswer {
  private readonly values: TopLevelValues;
  private readonly sample = new TextSample();
  private size = 0;

  /** @param begin what came so far */
  constructor(
    private readonly begin: number,
    private readonly rules: UsageRules,
  ) {
    this.values = new TopLevelValues(new Set(Object.keys(rules.usageFields)));
  }

  static of(begin: Buffer, rules: UsageRules): LargeAnswer | null {
    if (begin[skipSpace(begin, 0)] !== OPEN_BRACE) return null;
    const answer = new LargeAnswer(begin.length, rules);
    answer.sample.add(begin);
    answer.add(begin);
    return answer;
  }

  add(chunk: Buffer): void {
    this.size += chunk.length;
    this.values.push(chunk);
  }

  /** It is one JSON object from its beginning to its end. */
  get whole(): boolean {
    return this.values.whole;
  }

  usage(): TokenCounts | null {
    return this.rules.readUsage(this.values.read());
  }

  /** What is beyond the beginning is taken for more of the same. */
  text(): StreamedText {
    const { factor, ...text } = this.sample.read();
    return { ...text, factor: factor * (this.size / this.begin) };
  }
}
