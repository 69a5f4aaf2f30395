import type { SeededRandom } from '../seeded-random.js';
import type { JsonObject } from '../wire-checks.js';
import { asNumber, NoSuchValue, numberBounds } from './schema-words.js';
import type { StepBudget } from './step-budget.js';

/** Where a schema names no bound, values stay within this distance of the other one. */
const USUAL_SPAN = 100;

const MAX_TRIES = 200;
/** How often a step is added until it is whole. */
const MAX_TIMES = 1000;
/** Writing a number in decimals takes as long as some comparisons. */
const STEPS_A_TRY = 4;

/**
 * A number within the bounds and steps of the schema; one of `wanted` (numbers the prompt mentions) when it fits.
 * Throws `NoSuchValue` when the bounds leave none.
 */
export function numberValue(
  schema: JsonObject,
  whole: boolean,
  wanted: readonly number[],
  random: SeededRandom,
  budget: StepBudget,
): number {
  const { low, high, aboveLow, belowHigh } = numberBounds(schema);
  const step = asNumber(schema['multipleOf']);
  const fits = (value: number): boolean => {
    if (value < low || value > high || (aboveLow && value === low) || (belowHigh && value === high)) return false;
    return (!whole || Number.isInteger(value)) && (step === undefined || Number.isInteger(value / step));
  };
  budget.spend(wanted.length);
  const mentioned = wanted.find(fits);
  if (mentioned !== undefined) return mentioned;

  const from = Number.isFinite(low) ? low : Number.isFinite(high) ? high - USUAL_SPAN : 0;
  const to = Number.isFinite(high) ? high : from + Math.max(USUAL_SPAN, 2 * (step ?? 1));
  const unit = unitOf(step, whole, to - from, budget);
  const first = Math.ceil(from / unit);
  const last = Math.floor(to / unit);
  const tries = first <= last ? MAX_TRIES : 0;
  for (let attempt = 0; attempt < tries; attempt++) {
    budget.spend(STEPS_A_TRY);
    const index = attempt < MAX_TRIES / 2 ? random.between(first, last) : first + (attempt - MAX_TRIES / 2);
    const value = rounded(index * unit, unit);
    if (fits(value)) return value;
  }
  const middle = from + (to - from) / 2;
  if (fits(middle)) return middle;
  throw new NoSuchValue('no number between the bounds');
}

/** Whole numbers step by whole steps, so a step of 0.25 becomes 1; others step finely enough to find room. */
function unitOf(step: number | undefined, whole: boolean, span: number, budget: StepBudget): number {
  if (!whole) return step ?? (span >= 1 ? 0.01 : span / 100 || 1);
  if (step === undefined) return 1;
  for (let times = 1; times <= MAX_TIMES; times++) {
    budget.spend(STEPS_A_TRY);
    if (Number.isInteger(Number((times * step).toFixed(9)))) return Math.round(times * step);
  }
  return 1;
}

/** Takes off the dust of binary fractions: 3 × 0.1 is 0.3. */
function rounded(value: number, unit: number): number {
  const decimals = /e-(\d+)$/.exec(unit.toExponential());
  return decimals === null ? value : Number(value.toFixed(Math.min(20, Number(decimals[1]) + 6)));
}
