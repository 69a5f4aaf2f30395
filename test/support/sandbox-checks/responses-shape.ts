import type { ResponseCreateParamsBase } from 'openai7/resources/responses/responses';
import type { ResponseCreateParamsBase as EarlierParamsBase } from 'openai6/resources/responses/responses';
import { RequestRefusal } from '#sandbox';
import {
  type Check,
  decimal,
  flag,
  freeForm,
  integer,
  isJsonObject,
  list,
  mapOf,
  nullable,
  oneOf,
  shape,
  stringOr,
  tagged,
  text,
} from './wire-checks.js';
import { checkItem, toolName } from './responses-items.js';

type Field = keyof ResponseCreateParamsBase | keyof EarlierParamsBase;

/** A feature the sandbox does not have: null stands for its absence. */
const absent =
  (why: string): Check =>
  (value, path) => {
    if (value === null) return;
    throw new RequestRefusal(400, `'${path}': ${why}`, { param: path, code: 'unsupported_parameter' });
  };
const off =
  (why: string): Check =>
  (value, path) => {
    nullable(flag)(value, path);
    if (value === true) absent(why)(value, path);
  };

const allowedCallers = nullable(list(oneOf('direct')));
const ownTools: Record<string, Check> = {
  function: shape(
    {
      type: oneOf('function'),
      name: toolName,
      description: nullable(text()),
      parameters: nullable(freeForm),
      strict: nullable(flag),
      allowed_callers: allowedCallers,
      async: flag,
      defer_loading: flag,
      output_schema: nullable(freeForm),
    },
    ['name'],
  ),
  custom: shape(
    {
      type: oneOf('custom'),
      name: toolName,
      description: text(),
      format: tagged('type', {
        text: shape({ type: oneOf('text') }),
        grammar: shape({ type: oneOf('grammar'), definition: text(), syntax: oneOf('lark', 'regex') }, [
          'definition',
          'syntax',
        ]),
      }),
      allowed_callers: allowedCallers,
      async: flag,
      defer_loading: flag,
    },
    ['name'],
  ),
};

/** A tool of the caller's own; those that OpenAI would run are refused. */
const tool: Check = (value, path) => {
  const type = isJsonObject(value) ? value['type'] : undefined;
  if (typeof type === 'string' && !Object.hasOwn(ownTools, type)) {
    const message = `Invalid '${path}.type': the sandbox model runs no tools of its own, such as '${type.slice(0, 64)}'.`;
    throw new RequestRefusal(400, message, { param: `${path}.type`, code: 'unsupported_value' });
  }
  tagged('type', ownTools)(value, path);
};

const named = (type: string): Check => shape({ type: oneOf(type), name: toolName }, ['name']);
const toolChoice: Check = (value, path) => {
  if (typeof value === 'string') return oneOf('none', 'auto', 'required')(value, path);
  const references = list(tagged('type', { function: named('function'), custom: named('custom') }), { min: 1 });
  tagged('type', {
    function: named('function'),
    custom: named('custom'),
    allowed_tools: shape({ type: oneOf('allowed_tools'), mode: oneOf('auto', 'required'), tools: references }, [
      'mode',
      'tools',
    ]),
  })(value, path);
};

const format = tagged('type', {
  text: shape({ type: oneOf('text') }),
  json_object: shape({ type: oneOf('json_object') }),
  json_schema: shape(
    {
      type: oneOf('json_schema'),
      name: text({ pattern: /^[a-zA-Z0-9_-]{1,64}$/ }),
      description: text(),
      schema: freeForm,
      strict: nullable(flag),
    },
    ['name', 'schema'],
  ),
});

const length = nullable(oneOf('auto', 'concise', 'detailed'));
const moderationMode = nullable(shape({ mode: oneOf('score', 'block') }, ['mode']));
const includable = oneOf(
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'message.input_image.image_url',
  'computer_call_output.output.image_url',
  'code_interpreter_call.outputs',
  'reasoning.encrypted_content',
  'message.output_text.logprobs',
);

/** Every field of the current API, and those that only earlier versions of it have. */
const fields = {
  model: text({ min: 1, max: 256 }),
  input: stringOr(list(checkItem, { min: 1 }), { min: 1 }),
  access_programs: shape({ cyber: oneOf('standard', 'daybreak_blue', 'daybreak_red') }),
  background: off('this API answers at once or not at all.'),
  context_management: absent('this model does not manage its context.'),
  conversation: absent('conversations are not stored here.'),
  image: absent('this model answers in text only.'),
  include: nullable(list(includable)),
  instructions: nullable(text()),
  max_output_tokens: nullable(integer(16)),
  max_tool_calls: nullable(integer(1)),
  metadata: nullable(mapOf(text({ max: 512 }), { max: 16, maxKey: 64 })),
  moderation: nullable(
    shape({ model: text({ min: 1 }), policy: nullable(shape({ input: moderationMode, output: moderationMode })) }, [
      'model',
    ]),
  ),
  parallel_tool_calls: nullable(flag),
  previous_response_id: absent('responses are not stored here; send the whole conversation as input.'),
  prompt: absent('prompts are not stored here.'),
  prompt_cache_key: nullable(text({ max: 1024 })),
  prompt_cache_options: shape({
    comparison_response_id: nullable(text()),
    mode: oneOf('implicit', 'explicit'),
    prewarm: flag,
    ttl: oneOf('30m', '12h'),
  }),
  prompt_cache_retention: nullable(oneOf('in_memory', 'in-memory', '24h')),
  reasoning: nullable(
    shape({
      context: nullable(oneOf('auto', 'current_turn', 'all_turns')),
      effort: nullable(oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')),
      generate_summary: length,
      mode: text(),
      summary: length,
    }),
  ),
  safety_identifier: nullable(text({ max: 64 })),
  service_tier: nullable(oneOf('auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast')),
  store: off('responses are not stored here.'),
  stream: nullable(flag),
  stream_options: nullable(shape({ include_obfuscation: flag })),
  temperature: nullable(decimal(0, 2)),
  text: shape({ format, verbosity: nullable(oneOf('low', 'medium', 'high')) }),
  tool_choice: toolChoice,
  tools: list(tool, { max: 128 }),
  top_logprobs: nullable(integer(0, 20)),
  top_p: nullable(decimal(0, 1)),
  truncation: nullable(oneOf('auto', 'disabled')),
  user: text(),
} satisfies Record<Field, Check>;

/** Refuses (400) a body with an unknown field or with a value outside the types and ranges of the API. */
export const checkCreateShape: Check = shape(fields, ['model', 'input']);
