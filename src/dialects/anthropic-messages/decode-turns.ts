import { asObject, type Json, type JsonObject } from '../../json/value.js';
import type {
  AssistantPart,
  MediaPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  Turn,
  UserPart,
} from '../neutral/neutral.types.js';
import { attachSignatures } from '../neutral/signatures.js';
import { decodeCacheControl } from '../wire/cache-mark.js';
import { REQUEST } from '../wire/field-reader.js';
import { LossList } from '../wire/loss-list.js';
import { decodeCitations } from './citations.js';
import { decodeDocument, decodeImage, decodeSearchResult } from './media.js';
import { decodeThinking } from './reasoning-signature.js';

const TEXT_KEYS = new Set(['type', 'text', 'cache_control', 'citations']);
const THINKING_KEYS = new Set(['type', 'thinking', 'signature', 'cache_control']);
const TOOL_USE_KEYS = new Set(['type', 'id', 'name', 'input', 'cache_control', 'caller']);
const TOOL_RESULT_KEYS = new Set(['type', 'tool_use_id', 'content', 'is_error', 'cache_control']);

/** Blocks that only Anthropic's own tools write or read. */
const SERVER_BLOCKS = /^(server_tool_use|container_upload|compaction|fallback|mcp_tool_use|.+_tool_result)$/;
const RESULT_SERVER_BLOCKS = /^browser_state$/;

/** The texts of a system prompt. */
export function decodeTexts(content: Json | undefined, path: string, losses: LossList): readonly TextPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content, at: path }];
  return REQUEST.array(content, path).flatMap((entry, index) => {
    const at = `${path}[${index}]`;
    const block = REQUEST.object(entry, at);
    if (block['type'] === 'text') return [decodeText(block, at, losses)];
    losses.add(at, 'only text can stand here in other dialects');
    return [];
  });
}

function decodeUserContent(content: Json | undefined, path: string, losses: LossList): readonly UserPart[] {
  return decodeContent(content, path, (block, at): readonly UserPart[] => {
    if (block['type'] === 'tool_result') return [decodeToolResult(block, at, losses)];
    return decodeShown(block, at, losses) ?? loseServerBlock(block, at, SERVER_BLOCKS, losses);
  });
}

function decodeAssistantContent(content: Json | undefined, path: string, losses: LossList): readonly AssistantPart[] {
  const parts = decodeContent(content, path, (block, at): readonly AssistantPart[] => {
    switch (block['type']) {
      case 'thinking': {
        losses.addUnknown(block, THINKING_KEYS, at);
        const signature = REQUEST.findString(block, 'signature', at) ?? '';
        return [{ ...decodeThinking(REQUEST.string(block['thinking'], `${at}.thinking`), signature), at }];
      }
      case 'redacted_thinking': {
        const opaque = { origin: 'anthropic' as const, value: REQUEST.string(block['data'], `${at}.data`) };
        return [{ type: 'reasoning', text: '', opaque, redacted: true, at }];
      }
      case 'tool_use':
        return [decodeToolUse(block, at, losses)];
      default:
        return decodeShown(block, at, losses) ?? loseServerBlock(block, at, SERVER_BLOCKS, losses);
    }
  });
  return attachSignatures(parts);
}

function decodeContent<Part>(
  content: Json | undefined,
  path: string,
  decode: (block: JsonObject, at: string) => readonly Part[],
): readonly (Part | TextPart)[] {
  if (typeof content === 'string') return [{ type: 'text', text: content, at: path }];
  return REQUEST.array(content, path).flatMap((entry, index) => {
    const at = `${path}[${index}]`;
    return decode(REQUEST.object(entry, at), at);
  });
}

/** Text and media; null for every other block. */
function decodeShown(block: JsonObject, path: string, losses: LossList): readonly (TextPart | MediaPart)[] | null {
  switch (block['type']) {
    case 'text':
      return [decodeText(block, path, losses)];
    case 'image':
      return [{ ...decodeImage(block, path, losses), at: path }];
    case 'document':
      return decodeDocument(block, path, losses).map(part => ({ ...part, at: path }));
    case 'search_result':
      return [{ ...decodeSearchResult(block, path, losses), at: path }];
    default:
      return null;
  }
}

function decodeText(block: JsonObject, path: string, losses: LossList): TextPart {
  losses.addUnknown(block, TEXT_KEYS, path);
  REQUEST.carried(block['citations'], `${path}.citations`);
  return {
    type: 'text',
    text: REQUEST.string(block['text'], `${path}.text`),
    ...decodeCacheControl(block['cache_control'], path, losses),
    at: path,
    ...decodeCitations(block['citations']),
  };
}

function decodeToolUse(block: JsonObject, path: string, losses: LossList): ToolCallPart {
  losses.addUnknown(block, TOOL_USE_KEYS, path);
  const caller = asObject(block['caller']);
  if (caller !== null && caller['type'] !== 'direct') {
    losses.add(`${path}.caller`, 'other dialects know no calls out of a running program');
  }
  const input = block['input'] ?? {};
  REQUEST.carried(input, `${path}.input`);
  return {
    type: 'tool-call',
    id: getId(block['id'], `${path}.id`),
    name: REQUEST.string(block['name'], `${path}.name`),
    arguments: JSON.stringify(input),
    ...decodeCacheControl(block['cache_control'], path, losses),
    at: path,
  };
}

function decodeToolResult(block: JsonObject, path: string, losses: LossList): ToolResultPart {
  losses.addUnknown(block, TOOL_RESULT_KEYS, path);
  const content = decodeContent(
    block['content'] ?? [],
    `${path}.content`,
    (entry, at): readonly (TextPart | MediaPart)[] =>
      decodeToolReference(entry, at, losses) ??
      decodeShown(entry, at, losses) ??
      loseServerBlock(entry, at, RESULT_SERVER_BLOCKS, losses),
  );
  const result: ToolResultPart = {
    type: 'tool-result',
    callId: getId(block['tool_use_id'], `${path}.tool_use_id`),
    name: null,
    content,
    isError: REQUEST.findBoolean(block, 'is_error', path) ?? false,
    ...decodeCacheControl(block['cache_control'], path, losses),
    at: path,
  };
  return result;
}

/** What a search for tools found. Elsewhere every tool is known to the model from the beginning, so its name says enough. */
function decodeToolReference(block: JsonObject, path: string, losses: LossList): readonly TextPart[] | null {
  if (block['type'] !== 'tool_reference') return null;
  losses.add(path, 'the tool that was found is told by its name');
  return [{ type: 'text', text: REQUEST.string(block['tool_name'], `${path}.tool_name`), at: path }];
}

function getId(value: Json | undefined, path: string): string {
  const id = REQUEST.string(value, path);
  if (id === '') REQUEST.refuse(path, 'must not be empty');
  return id;
}

/** What Anthropic's own tools left behind says nothing to others. Any other block is content: it must not vanish. */
function loseServerBlock(block: JsonObject, path: string, known: RegExp, losses: LossList): readonly never[] {
  const { type } = block;
  if (typeof type !== 'string' || !known.test(type)) {
    REQUEST.refuse(path, 'is of a type that cannot be translated');
  }
  losses.add(path, 'only the vendor that ran this tool can read it');
  return [];
}

const MESSAGE_KEYS: ReadonlySet<string> = new Set(['role', 'content']);

interface Conversation {
  /** system messages before the first word of anybody */
  readonly instructions: readonly TextPart[];
  readonly turns: readonly Turn[];
}

export function decodeMessages(value: Json | undefined, losses: LossList): Conversation {
  const turns = REQUEST.array(value, 'messages').flatMap((entry, index) => {
    const path = `messages[${index}]`;
    const message = REQUEST.object(entry, path);
    losses.addUnknown(message, MESSAGE_KEYS, path);
    const turn = decodeMessage(message, path, losses);
    // Of a turn that held nothing but a vendor's own blocks nothing is left.
    return turn.parts.length > 0 ? [turn] : [];
  });
  const first = turns.findIndex(turn => turn.role !== 'system');
  const leading = first === -1 ? turns.length : first;
  return {
    instructions: turns.slice(0, leading).flatMap(turn => turn.parts as readonly TextPart[]),
    turns: turns.slice(leading),
  };
}

function decodeMessage(message: JsonObject, path: string, losses: LossList): Turn {
  const { role, content } = message;
  const at = `${path}.content`;
  switch (role) {
    case 'user':
      return { role, parts: decodeUserContent(content, at, losses), at: path };
    case 'assistant':
      return { role, parts: decodeAssistantContent(content, at, losses), at: path };
    case 'system':
      return { role, parts: content == null ? [] : decodeTexts(content, at, losses), at: path };
    default:
      REQUEST.refuse(`${path}.role`, 'must be user, assistant or system');
  }
}
