import type OpenAI from 'openai7';
import {
  amount,
  anything,
  type Check,
  decimal,
  flag,
  freeForm,
  integer,
  list,
  mapOf,
  nullable,
  oneOf,
  shape,
  stringOr,
  tagged,
  text,
} from './wire-checks.js';

type CreateParams = OpenAI.Chat.Completions.ChatCompletionCreateParams;

const toolName = text({ pattern: /^[a-zA-Z0-9_-]{1,64}$/ });
const participantName = text({ min: 1, max: 64 });
const cacheBreakpoint = shape({ mode: oneOf('explicit'), ttl: oneOf('30m', '12h') }, ['mode']);

/** Only the head of the address is looked at: the rest may be megabytes of base64. */
const imageAddress: Check = (value, path) => {
  text({ min: 1 })(value, path);
  const head = (value as string).slice(0, 64);
  text({ pattern: /^(?:https?:\/\/\S|data:image\/[\w.+-]+;base64,)/i })(head, path);
};

const part = (type: string, fields: Record<string, Check>): Check =>
  shape({ type: oneOf(type), prompt_cache_breakpoint: cacheBreakpoint, ...fields }, ['type', ...Object.keys(fields)]);

const textPart = part('text', { text: text() });
const refusalPart = shape({ type: oneOf('refusal'), refusal: text() }, ['type', 'refusal']);
const userPart = tagged('type', {
  text: textPart,
  image_url: part('image_url', {
    image_url: shape({ url: imageAddress, detail: oneOf('auto', 'low', 'high', 'original') }, ['url']),
  }),
  input_audio: part('input_audio', {
    input_audio: shape({ data: text({ min: 1 }), format: oneOf('wav', 'mp3') }, ['data', 'format']),
  }),
  file: part('file', { file: shape({ file_data: text(), file_id: text(), filename: text() }) }),
});

const textContent = stringOr(list(tagged('type', { text: textPart }), { min: 1 }));
const functionCall = shape({ name: toolName, arguments: text() }, ['name', 'arguments']);
const toolCall = tagged('type', {
  function: shape({ id: text({ min: 1 }), type: oneOf('function'), function: functionCall }, ['id', 'function']),
  custom: shape(
    {
      id: text({ min: 1 }),
      type: oneOf('custom'),
      custom: shape({ name: toolName, input: text() }, ['name', 'input']),
    },
    ['id', 'custom'],
  ),
});

const instructions = (role: string): Check =>
  shape({ role: oneOf(role), content: textContent, name: participantName }, ['content']);

const message = tagged('role', {
  developer: instructions('developer'),
  system: instructions('system'),
  user: shape({ role: oneOf('user'), content: stringOr(list(userPart, { min: 1 })), name: participantName }, [
    'content',
  ]),
  assistant: shape({
    role: oneOf('assistant'),
    content: nullable(stringOr(list(tagged('type', { text: textPart, refusal: refusalPart }), { min: 1 }))),
    name: participantName,
    refusal: nullable(text()),
    audio: nullable(shape({ id: text({ min: 1 }) }, ['id'])),
    function_call: nullable(functionCall),
    tool_calls: list(toolCall, { min: 1, max: 128 }),
    // Answers carry it, and clients send their history back as they got it.
    annotations: list(anything),
  }),
  tool: shape({ role: oneOf('tool'), content: textContent, tool_call_id: text({ min: 1 }) }, [
    'content',
    'tool_call_id',
  ]),
  function: shape({ role: oneOf('function'), content: nullable(text()), name: toolName }, ['content', 'name']),
});

const functionFields = { name: toolName, description: text(), parameters: freeForm };
const grammar = shape({ definition: text(), syntax: oneOf('lark', 'regex') }, ['definition', 'syntax']);
const customFormat = tagged('type', {
  text: shape({ type: oneOf('text') }),
  grammar: shape({ type: oneOf('grammar'), grammar }, ['grammar']),
});
const tool = tagged('type', {
  function: shape(
    { type: oneOf('function'), function: shape({ ...functionFields, strict: nullable(flag) }, ['name']) },
    ['function'],
  ),
  custom: shape(
    {
      type: oneOf('custom'),
      custom: shape({ name: toolName, description: text(), format: customFormat }, ['name']),
    },
    ['custom'],
  ),
});

const named = shape({ name: toolName }, ['name']);
const toolReference = tagged('type', {
  function: shape({ type: oneOf('function'), function: named, name: toolName }),
  custom: shape({ type: oneOf('custom'), custom: named, name: toolName }),
});
const namedToolChoice = tagged('type', {
  function: shape({ type: oneOf('function'), function: named }, ['function']),
  custom: shape({ type: oneOf('custom'), custom: named }, ['custom']),
  allowed_tools: shape(
    {
      type: oneOf('allowed_tools'),
      allowed_tools: shape({ mode: oneOf('auto', 'required'), tools: list(toolReference, { min: 1 }) }, [
        'mode',
        'tools',
      ]),
    },
    ['allowed_tools'],
  ),
});

const choiceOf = (words: Check, object: Check): Check => {
  return (value, path) => (typeof value === 'string' ? words : object)(value, path);
};

const responseFormat = tagged('type', {
  text: shape({ type: oneOf('text') }),
  json_object: shape({ type: oneOf('json_object') }),
  json_schema: shape(
    {
      type: oneOf('json_schema'),
      json_schema: shape({ name: toolName, description: text(), schema: freeForm, strict: nullable(flag) }, ['name']),
    },
    ['json_schema'],
  ),
});

const moderationMode = nullable(shape({ mode: oneOf('score', 'block') }, ['mode']));
const place = shape({ city: text(), country: text(), region: text(), timezone: text() });

/** Every field of the current API. The type makes the compiler name a field that a newer SDK adds. */
const fields = {
  messages: list(message, { min: 1 }),
  model: text({ min: 1, max: 256 }),
  audio: nullable(
    shape(
      {
        format: oneOf('wav', 'aac', 'mp3', 'flac', 'opus', 'pcm16'),
        voice: stringOr(shape({ id: text({ min: 1 }) }, ['id'])),
      },
      ['format', 'voice'],
    ),
  ),
  frequency_penalty: nullable(decimal(-2, 2)),
  function_call: choiceOf(oneOf('none', 'auto'), named),
  functions: list(shape(functionFields, ['name']), { min: 1, max: 128 }),
  logit_bias: nullable(mapOf(amount({ min: -100, max: 100 }), { max: 1024, maxKey: 16 })),
  logprobs: nullable(flag),
  max_completion_tokens: nullable(integer(1)),
  max_tokens: nullable(integer(1)),
  metadata: nullable(mapOf(text({ max: 512 }), { max: 16, maxKey: 64 })),
  modalities: nullable(list(oneOf('text', 'audio'), { min: 1, max: 2 })),
  moderation: nullable(
    shape({ model: text({ min: 1 }), policy: nullable(shape({ input: moderationMode, output: moderationMode })) }, [
      'model',
    ]),
  ),
  n: nullable(integer(1, 128)),
  parallel_tool_calls: flag,
  prediction: nullable(shape({ type: oneOf('content'), content: textContent }, ['type', 'content'])),
  presence_penalty: nullable(decimal(-2, 2)),
  prompt_cache_key: nullable(text({ max: 1024 })),
  prompt_cache_options: shape({ mode: oneOf('implicit', 'explicit'), ttl: oneOf('30m') }),
  // An earlier SDK spelled it with a hyphen, and both are in use.
  prompt_cache_retention: nullable(oneOf('in_memory', 'in-memory', '24h')),
  reasoning_effort: nullable(oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')),
  response_format: responseFormat,
  safety_identifier: nullable(text({ max: 64 })),
  seed: nullable(integer(Number.MIN_SAFE_INTEGER)),
  service_tier: nullable(oneOf('auto', 'default', 'flex', 'scale', 'priority', 'fast')),
  stop: nullable(stringOr(list(text({ min: 1 }), { max: 4 }))),
  store: nullable(flag),
  stream: nullable(flag),
  stream_options: nullable(shape({ include_usage: flag, include_obfuscation: flag })),
  temperature: nullable(decimal(0, 2)),
  tool_choice: choiceOf(oneOf('none', 'auto', 'required'), namedToolChoice),
  tools: list(tool, { min: 1, max: 128 }),
  top_logprobs: nullable(integer(0, 20)),
  top_p: nullable(decimal(0, 1)),
  user: text(),
  verbosity: nullable(oneOf('low', 'medium', 'high')),
  web_search_options: shape({
    search_context_size: oneOf('low', 'medium', 'high'),
    user_location: nullable(shape({ type: oneOf('approximate'), approximate: place }, ['type', 'approximate'])),
  }),
} satisfies Record<keyof CreateParams, Check>;

/** Refuses (400) a body with an unknown field or with a value outside the types and ranges of the API. */
export const checkChatRequestShape: Check = shape(fields, ['model', 'messages']);
