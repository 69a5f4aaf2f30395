import type { MessageCountTokensParams, MessageCreateParamsBase } from 'anthropic-sdk/resources/messages/messages';
import type { MessageCreateParamsBase as EarlierParamsBase } from 'anthropic-sdk-0/resources/messages/messages';
import {
  type Check,
  decimal,
  flag,
  freeForm,
  integer,
  list,
  nullable,
  oneOf,
  shape,
  stringOr,
  tagged,
  text,
} from './wire-checks.js';
import { checkTool } from './messages-tools.js';

/** What travels in headers although the SDK's types list it with the body. */
type HeaderField = 'user_profile_id' | 'workspace_id';
type CreateField = Exclude<keyof MessageCreateParamsBase, HeaderField> | keyof EarlierParamsBase;
type CountField = Exclude<keyof MessageCountTokensParams, HeaderField>;

const cacheControl = nullable(shape({ type: oneOf('ephemeral'), ttl: oneOf('5m', '1h') }, ['type']));

/** Only the beginning is looked at: the rest may be megabytes. */
const base64: Check = (value, path) => {
  text({ min: 1 })(value, path);
  text({ pattern: /^[A-Za-z0-9+/]+={0,2}$/ })((value as string).slice(0, 64), path);
};
const address = text({ pattern: /^https?:\/\/\S/i });
const kind = (type: string, fields: Record<string, Check>, optional: Record<string, Check> = {}): Check =>
  shape({ type: oneOf(type), ...fields, ...optional }, ['type', ...Object.keys(fields)]);

const fileSource = kind('file', { file_id: text({ min: 1 }) });
const urlSource = kind('url', { url: address });
const citations = nullable(shape({ enabled: flag }));

const textBlock = kind(
  'text',
  { text: text({ min: 1 }) },
  { cache_control: cacheControl, citations: nullable(list(freeForm)) },
);
const imageBlock = kind(
  'image',
  {
    source: tagged('type', {
      base64: kind('base64', { media_type: oneOf('image/jpeg', 'image/png', 'image/gif', 'image/webp'), data: base64 }),
      url: urlSource,
      file: fileSource,
    }),
  },
  { cache_control: cacheControl, transformations: nullable(shape({ oversized_image: oneOf('downsize', 'error') })) },
);
const documentBlock = kind(
  'document',
  {
    source: tagged('type', {
      base64: kind('base64', { media_type: oneOf('application/pdf'), data: base64 }),
      text: kind('text', { media_type: oneOf('text/plain'), data: text() }),
      content: kind('content', {
        content: stringOr(list(tagged('type', { text: textBlock, image: imageBlock }), { min: 1 }), { min: 1 }),
      }),
      url: urlSource,
      file: fileSource,
    }),
  },
  { cache_control: cacheControl, citations, context: nullable(text()), title: nullable(text({ max: 500 })) },
);
const searchResultBlock = kind(
  'search_result',
  { content: list(tagged('type', { text: textBlock }), { min: 1 }), source: text(), title: text() },
  { cache_control: cacheControl, citations },
);
const told = { text: textBlock, image: imageBlock, document: documentBlock, search_result: searchResultBlock };

const id = text({ pattern: /^[a-zA-Z0-9_-]{1,256}$/ });
const caller = tagged('type', { direct: kind('direct', {}) });
const toolUseBlock = kind(
  'tool_use',
  { id, name: text({ pattern: /^[a-zA-Z0-9_-]{1,200}$/ }), input: freeForm },
  { cache_control: cacheControl, caller, toolset_name: nullable(text()) },
);
const toolResultBlock = kind(
  'tool_result',
  { tool_use_id: id },
  {
    content: stringOr(list(tagged('type', told))),
    is_error: flag,
    cache_control: cacheControl,
    toolset_name: nullable(text()),
  },
);
const thinkingBlock = kind('thinking', { thinking: text(), signature: text() });
const redactedBlock = kind('redacted_thinking', { data: text() });

const message = tagged('role', {
  user: shape(
    {
      role: oneOf('user'),
      content: stringOr(list(tagged('type', { ...told, tool_result: toolResultBlock }), { min: 1 }), { min: 1 }),
    },
    ['content'],
  ),
  // Only the last message may be empty, which the conversation is looked at for.
  assistant: shape(
    {
      role: oneOf('assistant'),
      content: stringOr(
        list(
          tagged('type', {
            text: textBlock,
            tool_use: toolUseBlock,
            thinking: thinkingBlock,
            redacted_thinking: redactedBlock,
          }),
        ),
      ),
    },
    ['content'],
  ),
  system: shape({ role: oneOf('system'), content: stringOr(list(tagged('type', { text: textBlock })), { min: 1 }) }, [
    'content',
  ]),
});

const display = nullable(oneOf('summarized', 'omitted'));
const isParallelOff = { disable_parallel_tool_use: flag };

/** What a request for an answer and a question for its tokens have in common. */
const commonFields = {
  messages: list(message, { min: 1, max: 100_000 }),
  model: text({ min: 1, max: 256 }),
  cache_control: cacheControl,
  output_config: shape({
    effort: nullable(oneOf('low', 'medium', 'high', 'xhigh', 'max')),
    format: nullable(kind('json_schema', { schema: freeForm })),
  }),
  speed: nullable(oneOf('standard', 'fast')),
  system: stringOr(list(tagged('type', { text: textBlock }))),
  thinking: tagged('type', {
    enabled: kind('enabled', { budget_tokens: integer(1024) }, { display }),
    disabled: kind('disabled', {}),
    between_tools: kind('between_tools', {}),
    adaptive: kind('adaptive', {}, { display }),
  }),
  tool_choice: tagged('type', {
    auto: kind('auto', {}, isParallelOff),
    any: kind('any', {}, isParallelOff),
    tool: kind('tool', { name: text({ min: 1 }) }, isParallelOff),
    none: kind('none', {}),
  }),
  tools: list(checkTool(cacheControl)),
} satisfies Record<CountField, Check>;

/** Every field of the current API, and those that only earlier versions of it have. */
const createFields = {
  ...commonFields,
  max_tokens: integer(0),
  container: nullable(stringOr(shape({ id: nullable(text()), skills: nullable(list(freeForm)) }))),
  diagnostics: nullable(shape({ previous_message_id: nullable(text()) })),
  inference_geo: nullable(text()),
  metadata: shape({ user_id: nullable(text({ max: 256 })) }),
  service_tier: oneOf('auto', 'standard_only'),
  stop_sequences: list(text({ min: 1, pattern: /\S/ }), { max: 8192 }),
  stream: flag,
  temperature: decimal(0, 1),
  top_k: integer(0),
  top_p: decimal(0, 1),
} satisfies Record<CreateField, Check>;

/** Fields that exist only for those who name their feature in the `anthropic-beta` header. */
const betaFields: Record<string, { beta: string; check: Check }> = {
  context_management: { beta: 'context-management-', check: nullable(freeForm) },
};

/** What the headers say about the fields of a body. */
export interface WireVersion {
  /** `anthropic-version` */
  version: string;
  /** `anthropic-beta`; '' for none */
  betas: string;
}

/** From this version on a request no longer says how to sample. */
const WITHOUT_SAMPLING = '2026-10-21';
const SAMPLING = ['temperature', 'top_k', 'top_p'];

function fieldsOf(fields: Record<string, Check>, { version, betas }: WireVersion): Record<string, Check> {
  const named = Object.entries(betaFields).filter(([, { beta }]) => betas.includes(beta));
  const all = { ...fields, ...Object.fromEntries(named.map(([name, { check }]) => [name, check])) };
  if (version < WITHOUT_SAMPLING) return all;
  return Object.fromEntries(Object.entries(all).filter(([name]) => !SAMPLING.includes(name)));
}

/** Refuses (400) a body with an unknown field or with a value outside the types and ranges of the API. */
export function checkCreateShape(body: unknown, version: WireVersion): void {
  shape(fieldsOf(createFields, version), ['model', 'max_tokens', 'messages'])(body, '');
}

export function checkCountShape(body: unknown, version: WireVersion): void {
  shape(fieldsOf(commonFields, version), ['model', 'messages'])(body, '');
}
