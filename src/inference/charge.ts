import type { CatalogModel } from '../catalog/catalog.types.js';
import { TOOL_CLASSES } from '../dialects/counted-classes.js';
import { DESCRIPTORS } from '../dialects/descriptors.js';
import type { Dialect } from '../dialects/dialect.js';
import {
  inputTokensOf,
  NO_TOKENS,
  outputTokensOf,
  type Served,
  type TokenCounts,
  type ToolCounts,
} from '../dialects/token-counts.js';
import { estimateTokens } from '../metering/tokenizer.js';
import type { RelayOutcome } from '../relay/relay-outcome.js';

/** What a request was reserved for, in tokens. */
interface Reserved {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly served?: Served;
  readonly webSearches?: number;
}

/** A request that a provider has, as far as its price depends on it. */
export interface AskedWork {
  readonly model: CatalogModel;
  /** the dialect that the provider was asked in */
  readonly dialect: Dialect;
  readonly stream: boolean;
  /** how many answers were asked for */
  readonly choices: number;
  readonly reserved: Reserved;
}

export interface Charge {
  readonly tokens: TokenCounts;
  /** the provider's last word on its usage did not come, or cannot be true */
  readonly estimated: boolean;
}

type Known = Pick<RelayOutcome, 'usage' | 'usageFinal' | 'whole' | 'silentMs' | 'answerText'>;

/**
 * So many times what the catalog says a model can read or write. Tools that a provider runs itself are turns of their own
 * and count as input each time; what is beyond this is no count.
 */
const SLACK = 16;
/** Longer than this no queue and no prompt keeps a model silent: it thinks, at so many tokens a second. */
const PATIENCE_MS = 2_000;
const THOUGHTS_PER_SECOND = 100;
/** So often one answer may have used the provider's own tools. */
const MOST_TOOL_USES = 10_000;
/** For a model whose bounds the catalog does not know, and for the model that makes pictures. */
const UNKNOWN_BOUND = 4_194_304;

/**
 * Who asks, pays (decision 17): what is charged for work that a provider was asked for and may have done, however the answer
 * ended. The provider's last word, where it came; else what it said so far, and at least what was seen of its work; and
 * where work may have been done that cannot be seen, at least what was reserved for it.
 * @param known what came of an answer; null where nothing did
 */
export function chargeOf(work: AskedWork, known: Known | null): Charge {
  const last = lastWordOf(work, known);
  if (last !== null) {
    const { webSearches } = unreportedSearches(work, last);
    return { tokens: webSearches === undefined ? last : { ...last, webSearches }, estimated: false };
  }
  const counted = saidOf(work, known) ?? NO_TOKENS;
  const input = inputTokensOf(counted) > 0 ? counted.input : work.reserved.inputTokens;
  const output = Math.max(counted.output, outputOf(work, known));
  const seen = known?.answerText().seen ?? {};
  const served = counted.served ?? seen.served ?? work.reserved.served;
  const tools = mostOf(counted, seen);
  const asked = { ...(served !== undefined && { served }), ...unreportedSearches(work, tools) };
  return { tokens: { ...counted, input, output, ...tools, ...asked }, estimated: true };
}

/** Of each of the provider's own tools what was told, by a usage or by what was seen of its work. */
function mostOf(counted: ToolCounts, seen: ToolCounts): ToolCounts {
  const most = TOOL_CLASSES.map(({ name }) => [name, Math.max(counted[name] ?? 0, seen[name] ?? 0)] as const);
  return Object.fromEntries(most.filter(([, count]) => count > 0));
}

/** Whether the charge will be counted from words of the answer, so that the tokenizer should be there. */
export function countsWords(work: AskedWork, known: Known): boolean {
  const { hasOutputTokens } = DESCRIPTORS[work.dialect].answer;
  return lastWordOf(work, known) === null && hasOutputTokens && known.answerText().text !== '';
}

/** The usage that can be true, as it was said last. */
function saidOf(work: AskedWork, known: Known | null): TokenCounts | null {
  const usage = known?.usage ?? null;
  return usage !== null && isPossible(work, usage) ? usage : null;
}

/** The same where nothing will follow it. */
function lastWordOf(work: AskedWork, known: Known | null): TokenCounts | null {
  const said = saidOf(work, known);
  return said !== null && known?.usageFinal === true && !leavesOutOutput(work, known, said) ? said : null;
}

/** Input was counted, and no output where words came: such a usage is no last word on them. Where all is zero, it was free. */
function leavesOutOutput({ dialect }: AskedWork, known: Known, said: TokenCounts): boolean {
  if (outputTokensOf(said) > 0 || inputTokensOf(said) === 0) return false;
  if (!DESCRIPTORS[dialect].answer.hasOutputTokens) return false;
  return known.answerText().text !== '';
}

/** Only where the dialect that the provider was asked in tells no count of them. */
function unreportedSearches(
  { dialect, reserved }: AskedWork,
  { webSearches: said }: ToolCounts,
): { webSearches?: number } {
  const { webSearches } = reserved;
  const isCounted = said !== undefined || DESCRIPTORS[dialect].answer.countsSearches;
  return webSearches === undefined || isCounted ? {} : { webSearches };
}

function outputOf(work: AskedWork, known: Known | null): number {
  const { hasOutputTokens, showsThinking } = DESCRIPTORS[work.dialect].answer;
  if (!hasOutputTokens) return 0;
  if (known === null) return work.reserved.outputTokens;
  const { text, factor, begun, opaque = false } = known.answerText();
  const seen = Math.ceil(estimateTokens(text) * factor);
  const thinks = work.stream && work.model.capabilities['reasoning'] === true;
  const hides = thinks && !showsThinking;
  const unseen = !known.whole && (!work.stream || !begun || (seen === 0 && hides) || opaque);
  if (unseen) return Math.max(seen, work.reserved.outputTokens);
  return thinks ? seen + thoughtsIn(known.silentMs, work.reserved.outputTokens) : seen;
}

/** What was likely thought before the first word. */
function thoughtsIn(silentMs: number, most: number): number {
  return Math.min(most, Math.round((Math.max(0, silentMs - PATIENCE_MS) / 1000) * THOUGHTS_PER_SECOND));
}

/** No model reads or writes more than a few times what it can: such a number is a fault, or worse. */
function isPossible({ model, choices }: AskedWork, usage: TokenCounts): boolean {
  const input = (model.contextLength ?? model.maxInputTokens ?? UNKNOWN_BOUND) * SLACK;
  const output = (model.maxOutputTokens ?? UNKNOWN_BOUND) * SLACK * choices;
  return (
    inputTokensOf(usage) <= input &&
    outputTokensOf(usage) <= output &&
    toolsOf(usage, 1_000) <= MOST_TOOL_USES &&
    toolsOf(usage, 1_000_000) <= UNKNOWN_BOUND
  );
}

/** How often tools were used, or how many tokens they took: by what their fees are for. */
function toolsOf(usage: TokenCounts, unit: 1_000 | 1_000_000): number {
  return TOOL_CLASSES.reduce((sum, { name, per }) => sum + (per === unit ? (usage[name] ?? 0) : 0), 0);
}
