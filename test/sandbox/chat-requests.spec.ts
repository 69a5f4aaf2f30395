import { RequestRefusal } from '#sandbox';
import { checkChatRequest } from '../support/sandbox-checks/chat-request.js';

const MODEL = { id: 'gpt-5-mini', maxOutputTokens: 4096 };
const HELLO = { role: 'user', content: 'Hello' };
const TOOL = { type: 'function', function: { name: 'get_weather', parameters: { type: 'object' } } };
const CALL = { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{}' } };
const CALLING = { role: 'assistant', content: null, tool_calls: [CALL] };
const RESULT = { role: 'tool', tool_call_id: 'call_1', content: 'rain' };
const IMAGE = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBOR' } };

const check = (body: unknown) => checkChatRequest(body, id => (id === MODEL.id ? MODEL : null));
const withFields = (fields: object) => ({ model: MODEL.id, messages: [HELLO], ...fields });

function refusalOf(body: unknown): RequestRefusal {
  try {
    check(body);
  } catch (error) {
    if (error instanceof RequestRefusal) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

it('accepts every field of the API at once', () => {
  const everything = withFields({
    frequency_penalty: 0.5,
    logit_bias: { 50256: -100 },
    logprobs: true,
    max_completion_tokens: 4096,
    metadata: { team: 'a' },
    modalities: ['text'],
    moderation: { model: 'omni', policy: { input: { mode: 'score' }, output: null } },
    n: 128,
    parallel_tool_calls: true,
    prediction: { type: 'content', content: 'x' },
    presence_penalty: -2,
    prompt_cache_key: 'k',
    prompt_cache_options: { mode: 'implicit', ttl: '30m' },
    prompt_cache_retention: '24h',
    reasoning_effort: 'low',
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' }, strict: true } },
    safety_identifier: 's',
    seed: -7,
    service_tier: 'flex',
    stop: ['a', 'b', 'c', 'd'],
    store: false,
    stream: true,
    stream_options: { include_usage: true, include_obfuscation: false },
    temperature: 2,
    tool_choice: { type: 'function', function: { name: 'get_weather' } },
    tools: [TOOL, { type: 'custom', custom: { name: 'sql', format: { type: 'text' } } }],
    top_logprobs: 20,
    top_p: 0,
    user: 'u',
    verbosity: 'high',
  });
  expect(check(everything).model).toBe(MODEL);
});

it.each([
  [
    'all roles',
    [{ role: 'system', content: 's' }, { role: 'developer', content: [{ type: 'text', text: 'd' }] }, HELLO],
  ],
  ['every kind of part', [{ role: 'user', content: [{ type: 'text', text: '' }, IMAGE, audioPart(), filePart()] }]],
  ['a tool loop', [HELLO, CALLING, RESULT]],
  [
    'an answer sent back as it came',
    [HELLO, { role: 'assistant', content: 'Hi', refusal: null, annotations: [] }, HELLO],
  ],
  [
    'a function result',
    [HELLO, { role: 'assistant', function_call: CALL.function }, { role: 'function', name: 'f', content: null }],
  ],
])('accepts %s', (_, messages) => {
  expect(check(withFields({ messages })).request.messages).toBe(messages);
});

function audioPart(): object {
  return { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } };
}

function filePart(): object {
  return { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' } };
}

const user = (content: unknown) => ({ messages: [{ role: 'user', content }] });

it.each<[object, string]>([
  [{ temperature: 2.1 }, 'temperature'],
  [{ temperature: '1' }, 'temperature'],
  [{ top_p: -0.1 }, 'top_p'],
  [{ n: 0 }, 'n'],
  [{ n: 129 }, 'n'],
  [{ n: 1.5 }, 'n'],
  [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop'],
  [{ max_tokens: 0 }, 'max_tokens'],
  [{ max_tokens: 10, max_completion_tokens: 10 }, 'max_tokens'],
  [{ presence_penalty: 3 }, 'presence_penalty'],
  [{ seed: 1.5 }, 'seed'],
  [{ logit_bias: { 1: 101 } }, 'logit_bias.1'],
  [{ top_logprobs: 2 }, 'top_logprobs'],
  [{ metadata: { a: 1 } }, 'metadata.a'],
  [{ reasoning_effort: 'huge' }, 'reasoning_effort'],
  [{ service_tier: 'gold' }, 'service_tier'],
  [{ stream: 'true' }, 'stream'],
  [{ stream_options: { include_usage: true } }, 'stream_options'],
  [{ stream: true, stream_options: { usage: true } }, 'stream_options.usage'],
  [{ modalities: ['text', 'audio'] }, 'modalities'],
  [{ web_search_options: {} }, 'web_search_options'],
  [{ response_format: { type: 'xml' } }, 'response_format.type'],
  [{ response_format: { type: 'json_schema' } }, 'response_format.json_schema'],
  [{ response_format: { type: 'json_schema', json_schema: { schema: {} } } }, 'response_format.json_schema.name'],
  [{ tool_choice: 'auto' }, 'tool_choice'],
  [{ parallel_tool_calls: true }, 'parallel_tool_calls'],
  [{ tools: [] }, 'tools'],
  [{ tools: [{ type: 'function', function: { name: 'a b' } }] }, 'tools[0].function.name'],
  [{ tools: [TOOL], tool_choice: 'sometimes' }, 'tool_choice'],
  [{ tools: [TOOL], tool_choice: { type: 'function', function: { name: 'other' } } }, 'tool_choice'],
  [{ tools: [TOOL], functions: [TOOL.function] }, 'functions'],
  [{ function_call: 'auto' }, 'function_call'],
  [{ messages: [] }, 'messages'],
  [{ messages: 'Hello' }, 'messages'],
  [{ messages: [{ role: 'robot', content: 'x' }] }, 'messages[0].role'],
  [{ messages: [{ content: 'x' }] }, 'messages[0].role'],
  [{ messages: [{ role: 'user' }] }, 'messages[0].content'],
  [{ messages: [{ ...HELLO, cache_control: {} }] }, 'messages[0].cache_control'],
  [{ messages: [{ role: 'assistant' }] }, 'messages[0].content'],
  [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id'],
  [{ messages: [HELLO, RESULT] }, 'messages[1].tool_call_id'],
  [{ messages: [HELLO, CALLING, HELLO] }, 'messages[2]'],
  [{ messages: [HELLO, CALLING] }, 'messages[2]'],
  [user(null), 'messages[0].content'],
  [user([]), 'messages[0].content'],
  [user([{ type: 'image', source: {} }]), 'messages[0].content[0].type'],
  [user([{ type: 'image_url', image_url: 'http://x/y.png' }]), 'messages[0].content[0].image_url'],
  [user([{ type: 'image_url', image_url: { url: 'x.png' } }]), 'messages[0].content[0].image_url.url'],
  [
    user([{ type: 'input_audio', input_audio: { data: 'A', format: 'ogg' } }]),
    'messages[0].content[0].input_audio.format',
  ],
])('refuses %j and names %s', (fields, param) => {
  const refusal = refusalOf(withFields(fields));
  expect([refusal.status, refusal.param]).toEqual([400, param]);
  expect(refusal.message).toContain(param.startsWith('messages[') ? '' : param.split('.')[0]);
});

it('says which maximum of the model is exceeded', () => {
  expect(refusalOf(withFields({ max_tokens: 5000 })).message).toBe("'max_tokens' (5000) exceeds model maximum (4096)");
});

it('refuses what is nested too deeply to be walked, without walking it', () => {
  let schema: object = {};
  for (let depth = 0; depth < 200_000; depth++) schema = { a: schema };
  const tools = [{ type: 'function', function: { name: 'f', parameters: schema } }];
  expect(refusalOf(withFields({ tools })).message).toContain('128 levels');
});

it('takes names from the prototype chain for unknown fields', () => {
  expect(
    refusalOf(JSON.parse(`{"model":"${MODEL.id}","messages":[{"role":"user","content":"x"}],"__proto__":{}}`)).code,
  ).toBe('unknown_parameter');
  expect(refusalOf(withFields({ toString: 1 })).code).toBe('unknown_parameter');
});

it('answers 404 before anything else when the model is unknown', () => {
  expect(refusalOf({ model: 'nobody', temperature: 99 }).status).toBe(404);
  expect(refusalOf({ messages: [HELLO] }).param).toBe('model');
});
