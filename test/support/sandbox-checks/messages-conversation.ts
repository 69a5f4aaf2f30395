import type { ContentBlockParam, MessageParam } from 'anthropic-sdk/resources/messages/messages';
import { RequestRefusal } from '#sandbox';
import { isReasoningSignature } from '../../../packages/sandbox/src/reasoning-signature.js';
import type { MessagesRequest } from './messages.types.js';

/** Neighbours of the same role count as one, as they do for the model. */
interface Turn {
  role: MessageParam['role'];
  /** Where it begins in the request. */
  path: string;
  blocks: ContentBlockParam[];
}

/** Checks what no single message shows: who speaks when, which result answers which call, and whose thoughts these are. */
export function checkConversation(request: MessagesRequest): void {
  const { messages } = request;
  if (messages[0].role !== 'user') refuse('messages[0].role', 'messages[0]: the first message must be a user message.');
  checkBlocks(messages);
  const turns = turnsOf(messages);
  checkToolResults(turns);
  checkLastAnswer(turns, request);
}

function refuse(param: string, message: string): never {
  throw new RequestRefusal(400, message, { param, code: 'invalid_value' });
}

function turnsOf(messages: readonly MessageParam[]): Turn[] {
  const turns: Turn[] = [];
  for (const [index, { role, content }] of messages.entries()) {
    const blocks = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
    const last = turns.at(-1);
    if (last?.role === role) last.blocks.push(...blocks);
    else turns.push({ role, path: `messages[${index}]`, blocks: [...blocks] });
  }
  return turns;
}

function checkBlocks(messages: readonly MessageParam[]): void {
  const ids = new Set<string>();
  for (const [index, { content }] of messages.entries()) {
    const path = `messages[${index}].content`;
    if (content.length === 0 && index < messages.length - 1) {
      refuse(path, `${path}: only a last assistant message may be empty.`);
    }
    if (typeof content === 'string') continue;
    for (const [place, block] of content.entries()) {
      checkThought(block, `${path}[${place}]`);
      if (block.type !== 'tool_use') continue;
      if (ids.has(block.id)) refuse(`${path}[${place}].id`, `${path}[${place}].id: '${block.id}' was used before.`);
      ids.add(block.id);
    }
  }
}

/** Thoughts come back as they were said, or not at all. */
function checkThought(block: ContentBlockParam, path: string): void {
  if (block.type === 'thinking' && !isReasoningSignature(block.signature, 'anthropic thinking', block.thinking)) {
    refuse(`${path}.signature`, `${path}.signature: it was not made for this thinking block.`);
  }
  if (block.type === 'redacted_thinking' && !isReasoningSignature(block.data, 'anthropic redacted thinking', '')) {
    refuse(`${path}.data`, `${path}.data: this model has not made it.`);
  }
}

/** Every call has its result at the beginning of the very next message, and every result its call in the one before. */
function checkToolResults(turns: readonly Turn[]): void {
  let calls = new Set<string>();
  const end: Turn = { role: 'user', path: 'messages', blocks: [] };
  for (const { role, path, blocks } of [...turns, end]) {
    const results = blocks.filter(block => block.type === 'tool_result');
    for (const { tool_use_id: id } of results) {
      if (!calls.delete(id)) {
        refuse(
          path,
          `${path}: the tool_result for '${id}' has no tool_use in the message before, or is the second one.`,
        );
      }
    }
    if (calls.size > 0) {
      const open = [...calls].join(', ').slice(0, 200);
      refuse(path, `${path}: each tool_use needs its tool_result in the next message; there is none for ${open}.`);
    }
    const firstOther = blocks.findIndex(block => block.type !== 'tool_result');
    if (role === 'user' && firstOther >= 0 && firstOther < results.length) {
      refuse(path, `${path}: the tool_result blocks must come before everything else.`);
    }
    calls = new Set(blocks.flatMap(block => (block.type === 'tool_use' ? [block.id] : [])));
  }
}

function checkLastAnswer(turns: readonly Turn[], { thinking }: MessagesRequest): void {
  const last = turns[turns.length - 1];
  const thinks = thinking?.type === 'enabled' || thinking?.type === 'adaptive';
  if (last.role === 'assistant') {
    if (thinks) refuse(last.path, `${last.path}: a model that thinks cannot go on from words put into its mouth.`);
    const end = last.blocks.at(-1);
    if (end?.type === 'text' && /\s$/.test(end.text)) {
      refuse(last.path, `${last.path}: the last assistant message must not end with a space.`);
    }
    return;
  }
  const [before] = turns.filter(turn => turn.role === 'assistant').slice(-1);
  const isInLoop = last.blocks[0]?.type === 'tool_result';
  if (thinking?.type !== 'enabled' || !isInLoop || before === undefined) return;
  const first = before.blocks[0].type;
  if (first !== 'thinking' && first !== 'redacted_thinking') {
    refuse(
      `${before.path}.content[0]`,
      `${before.path}.content[0]: with thinking on, a call of tools begins with a thought.`,
    );
  }
}
