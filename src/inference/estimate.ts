import type { CatalogModel, PriceList } from '../catalog/catalog.types.js';
import { modifierKey } from '../catalog/price-list.js';
import { TOKEN_CLASSES, type TokenClass, type TokenSide } from '../dialects/counted-classes.js';
import type { ScannedRequest } from '../dialects/scanned-request.js';
import { SERVED_FIELDS, type ServedField } from '../dialects/served.js';
import { NO_TOKENS, type Served, type WritableCounts } from '../dialects/token-counts.js';
import { costNanoUsd } from '../metering/price.js';
import { SPEND_KINDS } from '../quota/limit-kinds.js';
import type { Estimate, MostEstimate } from '../quota/quota.types.js';
import type { LikelyOutput } from './output-history.js';

/** English text has about four bytes a token in the tokenizers of the catalog's makers. */
const BYTES_PER_TOKEN = 4;
/** A picture, a recording or a document, and more by its size as it stands in the body: pages are small, films are not. */
const TOKENS_PER_BLOB = 1_000;
const MEDIA_BYTES_PER_TOKEN = 512;
const DOCUMENT_BYTES_PER_TOKEN = 16;
/** What makers put before a request that has tools. */
const TOOL_PROMPT_TOKENS = 1_024;
/** What `max_tokens` may add to a request that had none, in any dialect's words. */
const BOUND_BYTES = 64;
/** Where nobody says how long an answer may be, no limit can hold it. */
const UNBOUNDED = 1e12;

/** What the input of a request likely has, in tokens. */
export function estimateInputTokens(wire: ScannedRequest): number {
  if (wire.inputTokens !== null) return wire.inputTokens;
  const { blobs, blobBytes, documentBytes } = wire;
  return (
    Math.ceil(wire.textBytes / BYTES_PER_TOKEN) +
    blobs * TOKENS_PER_BLOB +
    Math.ceil((blobBytes - documentBytes) / MEDIA_BYTES_PER_TOKEN) +
    Math.ceil(documentBytes / DOCUMENT_BYTES_PER_TOKEN)
  );
}

/**
 * What to reserve for a request before it runs (docs/decisions/0019-what-a-reservation-holds.md). While nothing was learned,
 * money goes by the bound that the caller set, tokens by the floor alone.
 */
export function estimateRequest(wire: ScannedRequest, model: CatalogModel, likely: LikelyOutput): Estimate {
  const inputTokens = estimateInputTokens(wire);
  const bound = Math.min(wire.maxOutputTokens ?? Infinity, model.maxOutputTokens ?? Infinity);
  const expected = Math.min(likely.tokens, bound);
  const paid = likely.learned || wire.maxOutputTokens === null ? expected : bound;
  const { served, webSearches, choices } = wire;
  const paidTokens: WritableCounts = { ...NO_TOKENS, input: inputTokens, output: paid * choices };
  if (served !== undefined) paidTokens.served = served;
  if (webSearches !== undefined) paidTokens.webSearches = webSearches;
  const estimate: { -readonly [Field in keyof Estimate]: Estimate[Field] } = {
    inputTokens,
    outputTokens: expected * choices,
    costNanoUsd: costNanoUsd(model.prices, paidTokens),
    most: () => mostOf(wire, model, Number.isFinite(bound) ? bound : UNBOUNDED),
  };
  if (served !== undefined) estimate.served = served;
  if (webSearches !== undefined) estimate.webSearches = webSearches;
  return estimate;
}

function mostOf(wire: ScannedRequest, model: CatalogModel, bound: number): MostEstimate {
  const media = wire.blobs > 0 || wire.told.has('media');
  const input = mostInputTokens(wire, model, media);
  const { webSearches = 0 } = wire;
  const asked = { served: dearestServed(model.prices, wire), webSearches };
  const occasions = { always: true, media, speech: wire.told.has('speech') };
  const inputs = classesOf('input', occasions);
  const outputs = classesOf('output', occasions);
  const tokens = (output: number, more = 0) => input + more + output * wire.choices;
  /** Which classes the tokens are of is known behind the answer: the dearest count, of the dearest tier that may hold. */
  const cost = (output: number, more = 0) => {
    const lengths = [input + more, ...model.prices.tiers.map(tier => tier.aboveInputTokens)];
    const costs = lengths.flatMap(length =>
      inputs.flatMap(of =>
        outputs.map(as =>
          costNanoUsd(model.prices, {
            ...{ ...NO_TOKENS, ...asked },
            ...{ [of]: Math.min(length, input + more), [as]: output * wire.choices },
          }),
        ),
      ),
    );
    return costs.reduce((most, each) => (each > most ? each : most));
  };
  return {
    tokens: tokens(bound),
    costNanoUsd: cost(bound),
    outputThatFits: (kind, left) => {
      const most = SPEND_KINDS.has(kind) ? cost : tokens;
      return largest(output => most(output, BOUND_BYTES) <= left, bound);
    },
  };
}

/** The classes of a side that a request may take, by what is known of it. */
function classesOf(side: TokenSide, occasions: Readonly<Record<'always' | 'media' | 'speech', boolean>>): TokenClass[] {
  return TOKEN_CLASSES.filter(row => row.side === side && occasions[row.when]).map(({ name }) => name);
}

/** No tokenizer makes more tokens of a text than it has bytes. What pictures and files take, only their reader knows. */
function mostInputTokens(wire: ScannedRequest, model: CatalogModel, media: boolean): number {
  if (wire.inputTokens !== null) return wire.inputTokens;
  const readable = model.maxInputTokens ?? model.contextLength ?? Infinity;
  if (media && readable !== Infinity) return readable;
  const tools = wire.told.has('tools') ? TOOL_PROMPT_TOKENS : 0;
  return Math.min(readable, wire.body.length + tools);
}

/** The dearest ways to be served, of those that a request speaks of. */
function dearestServed(prices: PriceList, wire: ScannedRequest): Served {
  const asked = SERVED_FIELDS.filter(field => wire.told.has(field));
  return Object.fromEntries(asked.map(field => [field, dearestOf(prices, field)]));
}

function dearestOf({ modifiers }: PriceList, field: ServedField): string {
  let [name, most] = ['unknown', 2_000_000n];
  for (const [key, multiplier] of modifiers) {
    if (key.startsWith(modifierKey(field, '')) && multiplier > most) {
      [name, most] = [key.slice(field.length + 1), multiplier];
    }
  }
  return name;
}

/** The largest whole number up to `max` that fits; 0 where not even 1 does. */
function largest(fits: (value: number) => boolean, max: number): number {
  let [low, high] = [0, max];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
