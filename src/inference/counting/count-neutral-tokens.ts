import type { MediaPart, NeutralRequest, Turn } from '../../dialects/neutral/neutral.types.js';

/** What a speaker's mark and the beginning of the answer cost, in the tokenizers that are published. */
const TOKENS_PER_TURN = 3;
const TOKENS_FOR_REPLY = 3;
const MEDIA_TOKENS: Readonly<Record<MediaPart['kind'], number>> = {
  image: 765,
  document: 1_024,
  audio: 128,
  video: 1_024,
};

/**
 * About how many input tokens a request has: its texts by the given tokenizer, all together, tools and schema as JSON, a flat amount for
 * each picture or file. For models whose provider does not count them itself.
 */
export function countNeutralTokens(request: NeutralRequest, countTexts: (texts: readonly string[]) => number): number {
  const { texts, flat } = collect(request);
  return flat + TOKENS_FOR_REPLY + countTexts(texts);
}

function collect(request: NeutralRequest): { texts: string[]; flat: number } {
  const texts = request.instructions.map(part => part.text);
  let flat = texts.length * TOKENS_PER_TURN;
  for (const turn of request.turns) {
    flat += TOKENS_PER_TURN + mediaOf(turn);
    texts.push(turn.role, ...textsOf(turn));
  }
  if (request.tools.length > 0) texts.push(JSON.stringify(request.tools));
  if (request.output !== null) texts.push(JSON.stringify(request.output));
  return { texts, flat };
}

function textsOf(turn: Turn): string[] {
  return turn.parts.flatMap(part => {
    if (part.type === 'tool-call') return [part.name, part.arguments];
    if (part.type === 'tool-result') return part.content.flatMap(item => (item.type === 'text' ? [item.text] : []));
    return part.type === 'media' ? [] : [part.text];
  });
}

function mediaOf(turn: Turn): number {
  let tokens = 0;
  for (const part of turn.parts) {
    const items = part.type === 'tool-result' ? part.content : [part];
    for (const item of items) if (item.type === 'media') tokens += MEDIA_TOKENS[item.kind];
  }
  return tokens;
}
