/** What is counted exactly, in bytes (64 KiB); a longer text is judged by samples of this size together. */
const MAX_EXACT_BYTES = 65_536;
const SAMPLES = 4;
/** The merge of one unbroken run costs the square of its length, so a run is cut after this many characters. */
const MAX_RUN = 64;
const LONG_RUN = new RegExp(`\\S{${MAX_RUN}}|\\s{${MAX_RUN}}`, 'u');
const BYTES_PER_TOKEN = 4;
/** What was merged is remembered; the default of 100,000 runs would hold tens of megabytes. */
const MERGE_CACHE_ENTRIES = 10_000;

type CountTokens = (text: string) => number;

let exact: CountTokens | null = null;
let loading: Promise<void> | null = null;

/** Loads the vocabulary (o200k). Some 140 ms and 65 MB, so it is done once, after start, and not for every program. */
export function loadTokenizer(): Promise<void> {
  loading ??= load();
  return loading;
}

/**
 * How many tokens a text has: counted with the o200k vocabulary up to 64 KiB, extrapolated from four samples beyond, so
 * that the work has a bound (some 80 ms for the worst text there is, a few for prose). Before the vocabulary is loaded it is
 * a guess from the length. A run of more than 64 characters without a space is cut, which may add a token a cut.
 */
export function estimateTokens(text: string): number {
  const bytes = Buffer.byteLength(text);
  if (exact === null) return Math.ceil(bytes / BYTES_PER_TOKEN);
  if (bytes <= MAX_EXACT_BYTES) return text === '' ? 0 : countInRuns(text, exact);
  const size = Math.floor((text.length * MAX_EXACT_BYTES) / bytes / SAMPLES);
  const step = (text.length - size) / (SAMPLES - 1);
  let counted = 0;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const start = Math.round(sample * step);
    counted += countInRuns(text.slice(start, start + size), exact);
  }
  return Math.ceil((counted * text.length) / (size * SAMPLES));
}

function countInRuns(text: string, count: CountTokens): number {
  let total = 0;
  let rest = text;
  for (let run = LONG_RUN.exec(rest); run !== null; run = LONG_RUN.exec(rest)) {
    const end = run.index + run[0].length;
    total += count(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return rest === '' ? total : total + count(rest);
}

async function load(): Promise<void> {
  const { countTokens, setMergeCacheSize } = await import('gpt-tokenizer/encoding/o200k_base');
  setMergeCacheSize(MERGE_CACHE_ENTRIES);
  // `<|endoftext|>` in a caller's text is text: neither an error nor a token of its own.
  const asText = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };
  exact = text => countTokens(text, asText);
}
