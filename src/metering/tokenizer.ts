/** What of a text is counted exactly, in bytes; a longer one is judged by samples of this size together. */
const MAX_EXACT_BYTES = 16_384;
/** The same of a whole request, in a worker thread. */
const MAX_EXACT_REQUEST_BYTES = 65_536;
const SAMPLES = 16;
/** The merge of one unbroken run costs the square of its length, so a run is cut after this many characters. */
const MAX_RUN = 64;
const SPACE = /\s/;
const BYTES_PER_TOKEN = 4;
/** What was merged is remembered; the default of 100,000 runs would hold tens of megabytes. */
const MERGE_CACHE_ENTRIES = 10_000;

type CountTokens = (text: string) => number;

let exact: CountTokens | null = null;
let loading: Promise<void> | null = null;

/** Loads the vocabulary (o200k). Some 140 ms and 65 MB, so it is done once, and only where something is counted. */
export function loadTokenizer(): Promise<void> {
  loading ??= load();
  return loading;
}

/**
 * How many tokens a text has: counted with the o200k vocabulary up to 16 KiB, extrapolated from sixteen samples beyond, so
 * that the work has a bound. Before the vocabulary is loaded it is a guess from the length. A run of more than 64
 * characters without a space is cut, which may add a token a cut.
 */
export function estimateTokens(text: string): number {
  return countSampled([text], MAX_EXACT_BYTES);
}

/** The same for all texts of a request together: exact up to 64 KiB. */
export function countTextTokens(texts: readonly string[]): number {
  return countSampled(texts, MAX_EXACT_REQUEST_BYTES);
}

function countSampled(texts: readonly string[], maxBytes: number): number {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const count = exact;
  if (count === null) return Math.ceil(bytes / BYTES_PER_TOKEN);
  const counted = (parts: readonly string[]) => parts.reduce((sum, part) => sum + countInRuns(part, count), 0);
  if (bytes <= maxBytes) return counted(texts);
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  const size = Math.max(1, Math.floor((characters * maxBytes) / bytes / SAMPLES));
  const samples = samplesOf(texts, size, (characters - size) / (SAMPLES - 1));
  const sampled = samples.reduce((sum, part) => sum + part.length, 0);
  return Math.ceil((counted(samples) * characters) / sampled);
}

/** Stretches of `size` characters, evenly over all the texts as if they were one; a seam between texts is kept. */
function samplesOf(texts: readonly string[], size: number, step: number): string[] {
  const samples: string[] = [];
  let sample = 0;
  let before = 0;
  for (const text of texts) {
    const end = before + text.length;
    for (; sample < SAMPLES; sample += 1) {
      const from = Math.round(sample * step);
      if (from >= end) break;
      samples.push(text.slice(Math.max(0, from - before), from + size - before));
      // The rest of this one stands in the texts that follow.
      if (from + size > end) break;
    }
    before = end;
  }
  return samples;
}

/** Cuts long runs, and looks at each character once. */
function countInRuns(text: string, count: CountTokens): number {
  let total = 0;
  let start = 0;
  let run = 0;
  let spaces = false;
  for (let index = 0; index < text.length; index += 1) {
    const isSpace = SPACE.test(text.charAt(index));
    run = isSpace === spaces ? run + 1 : 1;
    spaces = isSpace;
    if (run < MAX_RUN || isLowSurrogate(text.charCodeAt(index + 1))) continue;
    total += count(text.slice(start, index + 1));
    start = index + 1;
    run = 0;
  }
  return start === text.length ? total : total + count(text.slice(start));
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

async function load(): Promise<void> {
  const { countTokens, setMergeCacheSize } = await import('gpt-tokenizer/encoding/o200k_base');
  setMergeCacheSize(MERGE_CACHE_ENTRIES);
  // `<|endoftext|>` in a caller's text is text: neither an error nor a token of its own.
  const asText = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };
  exact = text => countTokens(text, asText);
}
