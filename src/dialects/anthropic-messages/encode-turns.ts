import type {
  ContentBlockParam,
  DocumentBlockParam,
  ImageBlockParam,
  MessageParam,
  TextBlockParam,
  ToolResultBlockParam,
  ToolUseBlockParam,
} from 'anthropic-sdk/resources/messages';
import type {
  AssistantPart,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  Turn,
  UserPart,
} from '../neutral/neutral.types.js';
import { markInstructions } from '../neutral/late-instructions.js';
import { parseArguments } from '../neutral/tool-arguments.js';
import { innerPath, partPath, turnPath } from '../neutral/places.js';
import { plainToolCallId } from '../neutral/tool-calls.js';
import { RequestFieldError } from '../request-field-error.js';
import { encodeCacheMark } from '../wire/cache-mark.js';
import { REQUEST } from '../wire/field-reader.js';
import type { LossList } from '../wire/loss-list.js';
import { encodeCitations } from './citations.js';
import { encodeMedia } from './media.js';

/** A message on its way, with the place of each block in the caller's request. */
interface Draft {
  readonly role: 'user' | 'assistant';
  readonly blocks: { readonly path: string; readonly block: ContentBlockParam }[];
}

/**
 * The conversation as this API takes it: neighbours of one role are one message, tool results come first in theirs, and what
 * is empty is left out.
 */
export function encodeTurns(turns: readonly Turn[], losses: LossList): MessageParam[] {
  const drafts: Draft[] = [];
  turns.forEach((turn, index) => {
    const path = turnPath(turn, index);
    const blocks = encodeTurn(turn, path, losses);
    if (blocks.length === 0) return;
    const role = turn.role === 'assistant' ? 'assistant' : 'user';
    const last = drafts.at(-1);
    if (last?.role === role) last.blocks.push(...blocks);
    else drafts.push({ role, blocks });
  });
  if (drafts.length === 0) REQUEST.refuse('turns', 'must hold words of somebody');
  trimPrefill(drafts, losses);
  return drafts.map(({ role, blocks }) => ({ role, content: orderBlocks(blocks.map(({ block }) => block)) }));
}

function encodeTurn(turn: Turn, path: string, losses: LossList): Draft['blocks'] {
  if (turn.role === 'system') {
    losses.add(`${path}.role`, 'instructions in the middle are sent as a marked note of the user');
  } else if (turn.name !== undefined) {
    losses.add(`${path}.name`, 'the speakers have no names here');
  }
  const blocks: Draft['blocks'] = [];
  turn.parts.forEach((said: UserPart | AssistantPart, index) => {
    const at = partPath(said, index, turn, path);
    const part = turn.role === 'system' ? markInstructions(said as TextPart) : said;
    const encoded = turn.role === 'assistant' ? encodeAssistant(part as AssistantPart, at, losses) : null;
    for (const block of encoded ?? encodeUser(part as UserPart, at, losses)) blocks.push({ path: at, block });
  });
  return blocks;
}

function encodeUser(part: UserPart, path: string, losses: LossList): ContentBlockParam[] {
  switch (part.type) {
    case 'text':
      return encodeText(part, path, losses);
    case 'media':
      return [encodeMedia(part, path, losses)];
    case 'tool-result':
      return [encodeToolResult(part, path, losses)];
  }
}

function encodeAssistant(part: AssistantPart, path: string, losses: LossList): ContentBlockParam[] {
  switch (part.type) {
    case 'text':
      return encodeText(part, path, losses);
    case 'refusal':
      return encodeText({ type: 'text', text: part.text }, path, losses);
    case 'reasoning':
      return encodeReasoning(part, path, losses);
    case 'tool-call':
      return [encodeToolCall(part, path, losses)];
    case 'media':
      throw new RequestFieldError(path, `${part.kind} of the assistant cannot be sent to this model`);
  }
}

/** Only thoughts that Anthropic signed: it refuses all others, and nobody else can sign them. */
function encodeReasoning(part: ReasoningPart, path: string, losses: LossList): ContentBlockParam[] {
  if (part.opaque?.origin !== 'anthropic') {
    losses.add(path, 'only thoughts that this vendor signed can be sent to it');
    return [];
  }
  const { value } = part.opaque;
  return part.redacted
    ? [{ type: 'redacted_thinking', data: value }]
    : [{ type: 'thinking', thinking: part.text, signature: value }];
}

function encodeToolCall(part: ToolCallPart, path: string, losses: LossList): ToolUseBlockParam {
  if (part.signature !== undefined && part.signature.origin !== 'anthropic') {
    losses.add(`${path}.signature`, 'only the vendor that signed it can read it');
  }
  // What is broken was repaired before.
  const input = parseArguments(part.arguments) ?? {};
  return { type: 'tool_use', id: plainToolCallId(part.id), name: part.name, input, ...encodeCacheMark(part.cache) };
}

/** A mark stands on the result as a whole: the API takes none within. */
function encodeToolResult(part: ToolResultPart, path: string, losses: LossList): ToolResultBlockParam {
  const marked = part.content.findLast(({ cache }) => cache !== undefined);
  const content = part.content.flatMap((entry, index): (TextBlockParam | ImageBlockParam | DocumentBlockParam)[] => {
    const at = innerPath(entry, index, part, path);
    const { cache: _, ...bare } = entry;
    return bare.type === 'text' ? encodeText(bare, at, losses) : [encodeMedia(bare, at, losses)];
  });
  // The API takes the mark of an error beside words only.
  const isMarked = part.isError && content.every(({ type }) => type === 'text');
  if (part.isError && !isMarked) {
    losses.add(`${path}.is_error`, 'a failed tool that shows more than words has no mark here');
  }
  return {
    type: 'tool_result',
    tool_use_id: plainToolCallId(part.callId),
    ...(content.length > 0 && { content }),
    ...(isMarked && { is_error: true }),
    ...encodeCacheMark(part.cache ?? marked?.cache),
  };
}

/** The API refuses words that are put into the model's mouth when they end with a blank. */
function trimPrefill(drafts: Draft[], losses: LossList): void {
  const last = drafts.at(-1);
  const end = last?.role === 'assistant' ? last.blocks.at(-1) : undefined;
  if (last === undefined || end?.block.type !== 'text') return;
  const text = end.block.text.trimEnd();
  if (text === end.block.text) return;
  losses.add(end.path, 'blanks at the end of the last assistant message are left out');
  last.blocks.splice(-1, 1, { path: end.path, block: { ...end.block, text } });
}

function orderBlocks(blocks: readonly ContentBlockParam[]): ContentBlockParam[] {
  const isResult = ({ type }: ContentBlockParam) => type === 'tool_result';
  return [...blocks.filter(isResult), ...blocks.filter(block => !isResult(block))];
}

/** Nothing for a blank text, which the API refuses. */
export function encodeText(part: TextPart, path: string, losses: LossList): TextBlockParam[] {
  if (part.signature !== undefined) {
    losses.add(`${path}.signature`, 'only the vendor that signed it can read it');
  }
  if (part.text.trim() === '') {
    if (part.text !== '') losses.add(path, 'the API refuses text that is blank');
    return [];
  }
  const citations = encodeCitations(part.citations);
  if (citations.length < (part.citations ?? []).length) {
    losses.add(`${path}.citations`, 'citations of another dialect name nothing here');
  }
  return [
    { type: 'text', text: part.text, ...(citations.length > 0 && { citations }), ...encodeCacheMark(part.cache) },
  ];
}
