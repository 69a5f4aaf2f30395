import { setImmediate as nextTurn } from 'node:timers/promises';

/** A stretch of text and how many tokens it costs: one, or more where a character is spread over several. */
export interface TokenPiece {
  text: string;
  tokens: number;
}

/** Between two slices of this many characters the event loop gets its turn. */
const SLICE_CHARS = 4096;

/** The merge step takes time in the square of an unbroken run, so longer runs are cut; at most a token off a cut. */
const MAX_RUN_CHARS = 128;

const RUNS = /[\p{L}\p{M}]+|\s+|[^\s\p{L}\p{N}]+/gu;

/** Text such as `<|endoftext|>` is what a user typed, never a control token. */
const AS_PLAIN_TEXT = { disallowedSpecial: new Set<string>() };

let loading: Promise<typeof import('gpt-tokenizer/encoding/o200k_base')> | undefined;

/** Loads the o200k_base ranks at the first use: they cost 70 MB and a fifth of a second, which a start should not pay. */
function loadEncoding(): Promise<typeof import('gpt-tokenizer/encoding/o200k_base')> {
  loading ??= import('gpt-tokenizer/encoding/o200k_base');
  return loading;
}

/** Counts o200k_base tokens without holding the event loop for longer than a slice takes. */
export async function countTokens(text: string): Promise<number> {
  const encoding = await loadEncoding();
  let total = 0;
  for await (const segment of segmentsOf(text)) total += encoding.countTokens(segment, AS_PLAIN_TEXT);
  return total;
}

/** The highest id that stands for text; those above it are control tokens. */
export const MAX_TOKEN_ID = 199_997;

/** The text of o200k_base tokens, with U+FFFD for what is no whole character. */
export async function decodeTokens(ids: readonly number[]): Promise<string> {
  const encoding = await loadEncoding();
  return encoding.decode(ids);
}

/** Splits text into its o200k_base tokens. Joined, the pieces are the text, except that lone surrogates became U+FFFD. */
export async function tokenPieces(text: string): Promise<TokenPiece[]> {
  const encoding = await loadEncoding();
  const pieces: TokenPiece[] = [];
  for await (const segment of segmentsOf(text.replace(/\p{Surrogate}/gu, '\uFFFD'))) {
    const ids = encoding.encode(segment, AS_PLAIN_TEXT);
    let taken = 0;
    let given = 0;
    const counted = (function* () {
      for (const id of ids) {
        taken++;
        yield id;
      }
    })();
    // The decoder holds back half characters, so a piece may have taken several tokens.
    for (const decoded of encoding.decodeGenerator(counted)) {
      pieces.push({ text: decoded, tokens: taken - given });
      given = taken;
    }
  }
  return pieces;
}

/** What is counted at once. Between two slices others get their turn. */
async function* segmentsOf(text: string): AsyncGenerator<string> {
  for (let start = 0; start < text.length;) {
    if (start > 0) await nextTurn();
    const end = sliceEnd(text, start);
    yield* withoutLongRuns(text.slice(start, end));
    start = end;
  }
}

/** Prefers to cut before a single space, where no token crosses. */
function sliceEnd(text: string, start: number): number {
  const limit = start + SLICE_CHARS;
  if (limit >= text.length) return text.length;
  for (let at = limit; at > limit - SLICE_CHARS / 4; at--) {
    if (text[at] === ' ' && /\S/.test(text[at - 1]) && /\S/.test(text[at + 1] ?? ' ')) return at;
  }
  return wholeCharacter(text, limit);
}

function wholeCharacter(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at + 1 : at;
}

function withoutLongRuns(slice: string): string[] {
  const segments: string[] = [];
  let start = 0;
  for (const { 0: run, index } of slice.matchAll(RUNS)) {
    if (run.length <= MAX_RUN_CHARS) continue;
    for (let offset = MAX_RUN_CHARS; offset < run.length; offset += MAX_RUN_CHARS) {
      const cut = wholeCharacter(slice, index + offset);
      segments.push(slice.slice(start, cut));
      start = cut;
    }
  }
  segments.push(slice.slice(start));
  return segments;
}
