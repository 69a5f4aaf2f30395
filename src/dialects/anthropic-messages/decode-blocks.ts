import type {
  AssistantPart,
  Json,
  JsonObject,
  Loss,
  MediaPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
  UserPart,
} from '../neutral/neutral.types.js';
import { RequestFieldError } from '../request-field-error.js';
import { decodeCache } from './cache-marks.js';
import { decodeCitations } from './citations.js';
import { decodeDocument, decodeImage, decodeSearchResult } from './decode-media.js';
import { attachSeals, decodeThinking } from './foreign-seals.js';
import {
  asObject,
  checkNumbers,
  findBoolean,
  findString,
  getList,
  getObject,
  getString,
  loseUnknown,
} from './wire-value.js';

const TEXT_KEYS = new Set(['type', 'text', 'cache_control', 'citations']);
const THINKING_KEYS = new Set(['type', 'thinking', 'signature', 'cache_control']);
const TOOL_USE_KEYS = new Set(['type', 'id', 'name', 'input', 'cache_control', 'caller']);
const TOOL_RESULT_KEYS = new Set(['type', 'tool_use_id', 'content', 'is_error', 'cache_control']);

/** Blocks that only Anthropic's own tools write or read. */
const SERVER_BLOCKS = /^(server_tool_use|container_upload|compaction|fallback|mcp_tool_use|.+_tool_result)$/;
const RESULT_SERVER_BLOCKS = /^(tool_reference|browser_state)$/;

/** The texts of a system prompt. */
export function decodeTexts(content: Json | undefined, path: string, losses: Loss[]): readonly TextPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return getList(content, path).flatMap((entry, index) => {
    const at = `${path}[${index}]`;
    const block = getObject(entry, at);
    if (block['type'] === 'text') return [decodeText(block, at, losses)];
    losses.push({ field: at, reason: 'only text can stand here in other dialects' });
    return [];
  });
}

export function decodeUserContent(content: Json | undefined, path: string, losses: Loss[]): readonly UserPart[] {
  return decodeContent(content, path, (block, at): readonly UserPart[] => {
    if (block['type'] === 'tool_result') return [decodeToolResult(block, at, losses)];
    return decodeShown(block, at, losses) ?? loseServerBlock(block, at, SERVER_BLOCKS, losses);
  });
}

export function decodeAssistantContent(
  content: Json | undefined,
  path: string,
  losses: Loss[],
): readonly AssistantPart[] {
  const parts = decodeContent(content, path, (block, at): readonly AssistantPart[] => {
    switch (block['type']) {
      case 'thinking': {
        loseUnknown(block, THINKING_KEYS, at, losses);
        const signature = findString(block['signature'], `${at}.signature`) ?? '';
        return [decodeThinking(getString(block['thinking'], `${at}.thinking`), signature)];
      }
      case 'redacted_thinking': {
        const opaque = { origin: 'anthropic' as const, value: getString(block['data'], `${at}.data`) };
        return [{ type: 'reasoning', text: '', opaque, redacted: true }];
      }
      case 'tool_use':
        return [decodeToolUse(block, at, losses)];
      default:
        return decodeShown(block, at, losses) ?? loseServerBlock(block, at, SERVER_BLOCKS, losses);
    }
  });
  return attachSeals(parts);
}

function decodeContent<Part>(
  content: Json | undefined,
  path: string,
  decode: (block: JsonObject, at: string) => readonly Part[],
): readonly (Part | TextPart)[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return getList(content, path).flatMap((entry, index) => {
    const at = `${path}[${index}]`;
    return decode(getObject(entry, at), at);
  });
}

/** Text and media; null for every other block. */
function decodeShown(block: JsonObject, path: string, losses: Loss[]): readonly (TextPart | MediaPart)[] | null {
  switch (block['type']) {
    case 'text':
      return [decodeText(block, path, losses)];
    case 'image':
      return [decodeImage(block, path, losses)];
    case 'document':
      return decodeDocument(block, path, losses);
    case 'search_result':
      return [decodeSearchResult(block, path, losses)];
    default:
      return null;
  }
}

function decodeText(block: JsonObject, path: string, losses: Loss[]): TextPart {
  loseUnknown(block, TEXT_KEYS, path, losses);
  checkNumbers(block['citations'], `${path}.citations`);
  return {
    type: 'text',
    text: getString(block['text'], `${path}.text`),
    ...decodeCache(block['cache_control'], path, losses),
    ...decodeCitations(block['citations']),
  };
}

function decodeToolUse(block: JsonObject, path: string, losses: Loss[]): ToolCallPart {
  loseUnknown(block, TOOL_USE_KEYS, path, losses);
  const caller = asObject(block['caller']);
  if (caller !== null && caller['type'] !== 'direct') {
    losses.push({ field: `${path}.caller`, reason: 'other dialects know no calls out of a running program' });
  }
  const input = block['input'] ?? {};
  checkNumbers(input, `${path}.input`);
  return {
    type: 'tool-call',
    id: getId(block['id'], `${path}.id`),
    name: getString(block['name'], `${path}.name`),
    arguments: JSON.stringify(input),
    ...decodeCache(block['cache_control'], path, losses),
  };
}

function decodeToolResult(block: JsonObject, path: string, losses: Loss[]): ToolResultPart {
  loseUnknown(block, TOOL_RESULT_KEYS, path, losses);
  const content = decodeContent(
    block['content'] ?? [],
    `${path}.content`,
    (entry, at): readonly (TextPart | MediaPart)[] =>
      decodeShown(entry, at, losses) ?? loseServerBlock(entry, at, RESULT_SERVER_BLOCKS, losses),
  );
  return {
    type: 'tool-result',
    callId: getId(block['tool_use_id'], `${path}.tool_use_id`),
    name: null,
    content,
    isError: findBoolean(block['is_error'], `${path}.is_error`) ?? false,
    ...decodeCache(block['cache_control'], path, losses),
  };
}

function getId(value: Json | undefined, path: string): string {
  const id = getString(value, path);
  if (id === '') throw new RequestFieldError(path, `${path} must not be empty`);
  return id;
}

/** What Anthropic's own tools left behind says nothing to others. Any other block is content: it must not vanish. */
function loseServerBlock(block: JsonObject, path: string, known: RegExp, losses: Loss[]): readonly never[] {
  const { type } = block;
  if (typeof type !== 'string' || !known.test(type)) {
    throw new RequestFieldError(path, `${path} is of a type that cannot be translated`);
  }
  losses.push({ field: path, reason: 'only the vendor that ran this tool can read it' });
  return [];
}
