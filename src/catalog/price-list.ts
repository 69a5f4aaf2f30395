import type { PriceList, TokenPrices } from './catalog.types.js';

/** One tier as it is stored and served: USD per million tokens; null or absent means that no such price is published. */
interface PricesPerMillion {
  readonly input?: number | null;
  readonly output?: number | null;
  readonly cache_read?: number | null;
  readonly cache_write?: number | null;
  readonly cache_write_1h?: number | null;
  readonly input_audio?: number | null;
  readonly output_audio?: number | null;
}

/** The `pricing` of a model's row. A tier holds for the whole request when its input exceeds `above_input_tokens`. */
export interface StoredPricing extends PricesPerMillion {
  readonly tiers?: readonly (PricesPerMillion & { readonly above_input_tokens: number })[];
}

/** Pico-dollars in a dollar; USD per million tokens with six decimals is a whole number of these a token. */
const PICO_DECIMALS = 12;
const USD_PER_MILLION_DECIMALS = 6;

/**
 * Stored prices as integers. Where a class has no price of its own it costs what its side costs, input or output, and a
 * cache write for an hour what follows from the one for five minutes. A tier inherits nothing but the output price.
 * @throws {TypeError} for anything that is not a price
 */
export function readPriceList(stored: unknown): PriceList {
  const pricing = asObject(stored);
  const input = picoOrNull(pricing['input']);
  const base = readPrices(pricing, input, 0n);
  const tiers = pricing['tiers'] ?? [];
  if (!Array.isArray(tiers)) throw new TypeError('pricing.tiers is not a list');
  return Object.freeze({
    ...base,
    published: input !== null,
    tiers: Object.freeze(
      tiers.map(tier => readTier(tier, base)).sort((one, other) => one.aboveInputTokens - other.aboveInputTokens),
    ),
  });
}

/** `3_000_000n` → `"0.000003"`: dollars a token, exactly, without an exponent. */
export function dollarsPerToken(pico: bigint): string {
  const digits = pico.toString().padStart(PICO_DECIMALS + 1, '0');
  const fraction = digits.slice(-PICO_DECIMALS).replace(/0+$/, '');
  return fraction === '' ? digits.slice(0, -PICO_DECIMALS) : `${digits.slice(0, -PICO_DECIMALS)}.${fraction}`;
}

function readTier(stored: unknown, base: TokenPrices): TokenPrices & { aboveInputTokens: number } {
  const tier = asObject(stored);
  const aboveInputTokens = tier['above_input_tokens'];
  if (typeof aboveInputTokens !== 'number' || !Number.isSafeInteger(aboveInputTokens) || aboveInputTokens < 0) {
    throw new TypeError('a price tier needs above_input_tokens, a whole number');
  }
  const input = picoOrNull(tier['input']) ?? base.input;
  return Object.freeze({ aboveInputTokens, ...readPrices(tier, input, base.output) });
}

function readPrices(stored: Record<string, unknown>, input: bigint | null, fallbackOutput: bigint): TokenPrices {
  // Without an input price nothing is published, and a lone output price would bill half a request.
  if (input === null) return FREE;
  const output = picoOrNull(stored['output']) ?? fallbackOutput;
  const cacheWrite = picoOrNull(stored['cache_write']);
  return {
    input,
    output,
    cacheRead: picoOrNull(stored['cache_read']) ?? input,
    cacheWrite: cacheWrite ?? input,
    cacheWrite1h: picoOrNull(stored['cache_write_1h']) ?? (cacheWrite === null ? input : forAnHour(cacheWrite)),
    inputAudio: picoOrNull(stored['input_audio']) ?? input,
    outputAudio: picoOrNull(stored['output_audio']) ?? output,
  };
}

const FREE: TokenPrices = {
  input: 0n,
  output: 0n,
  cacheRead: 0n,
  cacheWrite: 0n,
  cacheWrite1h: 0n,
  inputAudio: 0n,
  outputAudio: 0n,
};

/** Anthropic, the one maker who sells both terms, asks 1.25 times the input price for five minutes and twice for an hour. */
function forAnHour(forFiveMinutes: bigint): bigint {
  return (forFiveMinutes * 8n + 4n) / 5n;
}

function picoOrNull(value: unknown): bigint | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw new TypeError('a price is not a number');
  return picoPerToken(value);
}

/** From the shortest decimal text of the number, not from its binary value: 0.072 is 72000 and not 71999.99…. */
function picoPerToken(usdPerMillion: number): bigint {
  const text = String(usdPerMillion);
  const [whole = '0', fraction = ''] = (text.includes('e') ? usdPerMillion.toFixed(20) : text).split('.');
  const kept = fraction.slice(0, USD_PER_MILLION_DECIMALS).padEnd(USD_PER_MILLION_DECIMALS, '0');
  const halfUp = (fraction[USD_PER_MILLION_DECIMALS] ?? '0') >= '5' ? 1n : 0n;
  return BigInt(whole + kept) + halfUp;
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError('pricing is not an object');
  return value as Record<string, unknown>;
}
