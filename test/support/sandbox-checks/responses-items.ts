import { RequestRefusal } from '#sandbox';
import {
  anything,
  type Check,
  flag,
  isJsonObject,
  list,
  nullable,
  oneOf,
  shape,
  stringOr,
  tagged,
  text,
} from './wire-checks.js';

export const toolName = text({ pattern: /^[a-zA-Z0-9_-]{1,128}$/ });
const callId = text({ min: 1, max: 64 });
const status = nullable(oneOf('in_progress', 'completed', 'incomplete'));
const breakpoint = shape({ mode: oneOf('explicit'), ttl: oneOf('30m', '12h') }, ['mode']);
/** An id that the API gave, by the letters it begins with. */
const idOf = (prefix: string): Check => text({ prefix: `${prefix}_`, max: 128 });

/** Only the head of the address is looked at: the rest may be megabytes of base64. */
const imageAddress: Check = (value, path) => {
  text({ min: 1 })(value, path);
  text({ pattern: /^(?:https?:\/\/\S|data:image\/[\w.+-]+;base64,)/i })((value as string).slice(0, 64), path);
};

const inputParts = {
  input_text: shape({ type: oneOf('input_text'), text: text(), prompt_cache_breakpoint: breakpoint }, ['text']),
  input_image: shape({
    type: oneOf('input_image'),
    image_url: nullable(imageAddress),
    file_id: nullable(text()),
    detail: nullable(oneOf('low', 'high', 'auto', 'original')),
    prompt_cache_breakpoint: breakpoint,
  }),
  input_file: shape({
    type: oneOf('input_file'),
    file_data: text(),
    file_id: nullable(text()),
    file_url: text(),
    filename: text(),
    detail: oneOf('auto', 'low', 'high'),
    prompt_cache_breakpoint: breakpoint,
  }),
};
const outputParts = {
  output_text: shape(
    { type: oneOf('output_text'), text: text(), annotations: list(anything), logprobs: list(anything) },
    ['text'],
  ),
  refusal: shape({ type: oneOf('refusal'), refusal: text() }, ['refusal']),
};

const messageFields = {
  type: oneOf('message'),
  id: text(),
  status,
  phase: nullable(oneOf('commentary', 'final_answer')),
};
const saidTo = (role: string): Check =>
  shape({ ...messageFields, role: oneOf(role), content: stringOr(list(tagged('type', inputParts))) }, ['content']);
const message = tagged('role', {
  user: saidTo('user'),
  system: saidTo('system'),
  developer: saidTo('developer'),
  assistant: shape(
    {
      ...messageFields,
      id: idOf('msg'),
      role: oneOf('assistant'),
      content: stringOr(list(tagged('type', outputParts))),
    },
    ['content'],
  ),
});

const caller = nullable(tagged('type', { direct: shape({ type: oneOf('direct') }) }));
const callFields = { call_id: callId, name: toolName, status, caller, namespace: text(), async: flag };
const output = stringOr(list(tagged('type', inputParts)));
const outputFields = { id: nullable(text()), call_id: callId, output, status, caller, name: nullable(text()) };

const items: Record<string, Check> = {
  message,
  function_call: shape({ ...callFields, type: oneOf('function_call'), id: idOf('fc'), arguments: text() }, [
    'call_id',
    'name',
    'arguments',
  ]),
  function_call_output: shape({ ...outputFields, type: oneOf('function_call_output'), namespace: nullable(text()) }, [
    'call_id',
    'output',
  ]),
  custom_tool_call: shape({ ...callFields, type: oneOf('custom_tool_call'), id: idOf('ctc'), input: text() }, [
    'call_id',
    'name',
    'input',
  ]),
  custom_tool_call_output: shape({ ...outputFields, type: oneOf('custom_tool_call_output') }, ['call_id', 'output']),
  reasoning: shape(
    {
      type: oneOf('reasoning'),
      id: idOf('rs'),
      summary: list(shape({ type: oneOf('summary_text'), text: text() }, ['type', 'text'])),
      content: nullable(list(shape({ type: oneOf('reasoning_text'), text: text() }, ['type', 'text']))),
      encrypted_content: nullable(text()),
      status,
    },
    ['summary'],
  ),
};

/** One item of the input. A message may leave out its type; items that point to a stored one have nothing to point to. */
export const checkItem: Check = (value, path) => {
  const type = isJsonObject(value) ? (value['type'] ?? 'message') : 'message';
  if (type === 'item_reference') {
    throw new RequestRefusal(400, `Invalid '${path}': nothing is stored here that an item could refer to.`, {
      param: path,
      code: 'unsupported_value',
    });
  }
  oneOf(...Object.keys(items))(type, `${path}.type`);
  items[type as string](value, path);
};
