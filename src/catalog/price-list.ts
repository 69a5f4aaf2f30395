import {
  type FeeName,
  type PriceKey,
  TOKEN_CLASSES,
  type TokenClass,
  TOOL_CLASSES,
  type ToolClass,
} from '../dialects/counted-classes.js';
import type { ServedField } from '../dialects/served.js';
import type { PriceList, TokenPrices } from './catalog.types.js';

/** One tier as it is stored and served: USD per million tokens; null or absent means that no such price is published. */
type PricesPerMillion = { readonly [Key in PriceKey]?: number | null };

/** The price of every token is multiplied where an answer was served this way. */
interface StoredModifier {
  readonly field: ServedField;
  readonly value: string;
  readonly multiplier: number;
}

/** The `pricing` of a model's row. A tier holds for the whole request when its input exceeds `above_input_tokens`. */
export interface StoredPricing extends PricesPerMillion {
  readonly tiers?: readonly (PricesPerMillion & { readonly above_input_tokens: number })[];
  readonly modifiers?: readonly StoredModifier[];
  /** USD per thousand; those of the image tool per million tokens */
  readonly fees?: { readonly [Name in FeeName]?: number | null };
}

/** Pico-dollars in a dollar; USD per million tokens with six decimals is a whole number of these a token. */
const PICO_DECIMALS = 12;
const USD_PER_MILLION_DECIMALS = 6;
const PER_MILLION = 1_000_000;

/**
 * Stored prices as integers. A class without a price of its own costs what its row in the table of classes says. What a tier leaves out costs as much more than the base
 * price as the tier's side does.
 * @param type of the model: embeddings have no output, and no price for it
 * @throws {TypeError} for anything that is not a price
 */
export function readPriceList(stored: unknown, type = 'chat'): PriceList {
  const pricing = asObject(stored, 'pricing');
  const given = readGiven(pricing);
  const base = given.input === undefined ? FREE : complete(given, given.input, given.output ?? 0n);
  return Object.freeze({
    ...base,
    published: given.input !== undefined && (given.output !== undefined || type === 'embedding'),
    tiers: Object.freeze(
      asList(pricing['tiers'], 'tiers')
        .map(tier => readTier(asObject(tier, 'a tier'), given, base))
        .sort((one, other) => one.aboveInputTokens - other.aboveInputTokens),
    ),
    modifiers: new Map(asList(pricing['modifiers'], 'modifiers').map(readModifier)),
    ...readFees(pricing['fees'] ?? {}),
  });
}

/** How a modifier is named in a price list. */
export function modifierKey(field: ServedField, value: string): string {
  return `${field}=${value}`;
}

/** `3_000_000n` → `"0.000003"`: dollars a token, exactly, without an exponent. */
export function dollarsPerToken(pico: bigint): string {
  const digits = pico.toString().padStart(PICO_DECIMALS + 1, '0');
  const fraction = digits.slice(-PICO_DECIMALS).replace(/(?<!0)0+$/, '');
  return fraction === '' ? digits.slice(0, -PICO_DECIMALS) : `${digits.slice(0, -PICO_DECIMALS)}.${fraction}`;
}

type Given = Partial<Record<TokenClass, bigint>>;

function readTier(tier: JsonObject, baseGiven: Given, base: TokenPrices): TokenPrices & { aboveInputTokens: number } {
  const aboveInputTokens = tier['above_input_tokens'];
  if (typeof aboveInputTokens !== 'number' || !Number.isSafeInteger(aboveInputTokens) || aboveInputTokens < 0) {
    throw new TypeError('a price tier needs above_input_tokens, a whole number');
  }
  const own = readGiven(tier);
  const sides = { input: own.input ?? base.input, output: own.output ?? base.output };
  const given: Given = { ...own };
  for (const { name, side } of TOKEN_CLASSES) {
    const before = baseGiven[name];
    if (given[name] === undefined && before !== undefined) given[name] = scaled(before, sides[side], base[side]);
  }
  return Object.freeze({ aboveInputTokens, ...complete(given, sides.input, sides.output) });
}

/** Rounded up. Where the base price of the side is nothing there is no ratio, and the price stays. */
function scaled(price: bigint, now: bigint, before: bigint): bigint {
  return before === 0n ? price : (price * now + before - 1n) / before;
}

function readGiven(stored: JsonObject): Given {
  const given: Given = {};
  for (const { name, price } of TOKEN_CLASSES) {
    const usd = stored[price];
    if (usd !== null && usd !== undefined) given[name] = picoPerToken(asPrice(usd));
  }
  return given;
}

/** What is not given costs what its row of the table says. A class stands behind the one that its price follows from. */
function complete(given: Given, input: bigint, output: bigint): TokenPrices {
  const prices: Partial<Record<TokenClass, bigint>> = {};
  for (const { name, side, otherwise } of TOKEN_CLASSES) {
    const ofSide = side === 'input' ? input : output;
    const followed = otherwise === 'side' ? undefined : given[otherwise.of];
    const derived = otherwise === 'side' || followed === undefined ? ofSide : fifthsOf(followed, otherwise.fifths);
    prices[name] = given[name] ?? derived;
  }
  return { ...(prices as TokenPrices), input, output };
}

const FREE: TokenPrices = complete({}, 0n, 0n);

function fifthsOf(price: bigint, fifths: bigint): bigint {
  return (price * fifths + 4n) / 5n;
}

/** The multiplier in millionths. */
function readModifier(stored: unknown): [string, bigint] {
  const { field, value, multiplier } = asObject(stored, 'a modifier');
  if (typeof field !== 'string' || typeof value !== 'string') throw new TypeError('a modifier needs field and value');
  return [modifierKey(field as ServedField, value), picoPerToken(asPrice(multiplier))];
}

function readFees(stored: unknown): Pick<PriceList, 'tools' | 'groundedRequest'> {
  const fees = asObject(stored, 'fees');
  const pico = (name: FeeName, per: number): bigint | null => {
    const usd = fees[name];
    return usd === null || usd === undefined ? null : picoPerToken(asPrice(usd)) * BigInt(PER_MILLION / per);
  };
  const tools: Partial<Record<ToolClass, bigint | null>> = {};
  for (const { name, fee, per } of TOOL_CLASSES) tools[name] = pico(fee, per);
  return { tools: tools as PriceList['tools'], groundedRequest: pico('grounded_request', 1_000) };
}

/** From the shortest decimal text of the number, not from its binary value: 0.072 is 72000 and not 71999.99…. */
export function picoPerToken(usdPerMillion: number): bigint {
  const text = String(usdPerMillion);
  const [whole = '0', fraction = ''] = (text.includes('e') ? usdPerMillion.toFixed(20) : text).split('.');
  const kept = fraction.slice(0, USD_PER_MILLION_DECIMALS).padEnd(USD_PER_MILLION_DECIMALS, '0');
  const halfUp = (fraction[USD_PER_MILLION_DECIMALS] ?? '0') >= '5' ? 1n : 0n;
  return BigInt(whole + kept) + halfUp;
}

type JsonObject = Readonly<Record<string, unknown>>;

function asPrice(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw new TypeError('a price is not a number');
  return value;
}

function asList(value: unknown, name: string): readonly unknown[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw new TypeError(`pricing.${name} is not a list`);
  return value;
}

function asObject(value: unknown, name: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${name} is not an object`);
  return value as JsonObject;
}
