import type { Chance } from './chance.js';

const DATA = 'QUJDRA==';

/** A chat-completions body that holds only what the dialect itself has a place for. */
export function chatRequest(chance: Chance): Record<string, unknown> {
  const tools = chance.list(0, 3, () => ({
    type: 'function',
    function: {
      name: chance.name('tool_'),
      ...chance.some({
        description: () => chance.text(),
        strict: () => true,
        parameters: () => ({
          type: 'object',
          properties: { x: { type: ['null', 'number', 'string'], enum: [null, 1, 'a'] } },
          required: ['x'],
          additionalProperties: false,
        }),
      }),
    },
    ...chance.some({ cache_control: () => mark(chance) }),
  }));
  const names = tools.map(tool => tool.function.name);
  return {
    model: 'some-model',
    messages: [
      ...chance.list(0, 2, () => ({ role: chance.pick(['system', 'developer']), content: texts(chance) })),
      ...chance.list(1, 4, () => exchange(chance)).flat(),
    ],
    ...(tools.length > 0 && {
      tools,
      ...chance.some({ tool_choice: () => toolChoice(chance, names), parallel_tool_calls: () => chance.maybe() }),
    }),
    ...chance.some({
      temperature: () => chance.next() * 2,
      top_p: () => chance.next(),
      stop: () => chance.list(1, 3, () => chance.text()),
      seed: () => chance.int(-5, 1e9),
      frequency_penalty: () => 0.5,
      presence_penalty: () => -1,
      n: () => chance.int(1, 4),
      max_completion_tokens: () => chance.int(1, 9999),
      reasoning_effort: () => chance.pick(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']),
      response_format: () =>
        chance.pick([
          { type: 'json_object' },
          { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' }, strict: false } },
        ]),
      service_tier: () => 'flex',
      safety_identifier: () => chance.name('u'),
      metadata: () => ({ team: chance.text() }),
      verbosity: () => 'low',
      prompt_cache_key: () => chance.name('k'),
    }),
    ...(chance.maybe() && { logprobs: true, top_logprobs: chance.int(0, 5) }),
    ...(chance.maybe() && { stream: true, stream_options: { include_usage: true } }),
  };
}

const mark = (chance: Chance) => ({ type: 'ephemeral', ...chance.some({ ttl: () => chance.pick(['5m', '1h']) }) });

const toolChoice = (chance: Chance, names: readonly string[]) => {
  const named = { type: 'function', function: { name: chance.pick(names) } };
  return chance.pick([
    'auto',
    'none',
    'required',
    named,
    { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [named] } },
  ]);
};

const texts = (chance: Chance): unknown =>
  chance.maybe()
    ? chance.text()
    : chance.list(1, 3, () => ({
        type: 'text',
        text: chance.text(),
        ...chance.some({ cache_control: () => mark(chance) }),
      }));

/** What a user says and what comes of it, with a loop of tools now and then. */
function exchange(chance: Chance): object[] {
  const question = { role: 'user', content: userContent(chance), ...chance.some({ name: () => chance.name('ann') }) };
  const calls = chance.list(0, 3, () => ({
    id: chance.name('call_'),
    type: 'function',
    function: { name: chance.name('tool_'), arguments: chance.json() },
    ...chance.some({
      cache_control: () => mark(chance),
      extra_content: () => ({ google: { thought_signature: chance.name('sig') } }),
    }),
  }));
  const answer = {
    role: 'assistant',
    content: calls.length > 0 && chance.maybe() ? null : texts(chance),
    ...chance.some({ refusal: () => chance.text(), name: () => chance.name('bot') }),
    ...(chance.maybe()
      ? chance.some({ reasoning_content: () => chance.text() })
      : { reasoning_details: details(chance) }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  const results = calls.map(({ id }) => ({
    role: 'tool',
    tool_call_id: id,
    content: texts(chance),
    ...chance.some({ cache_control: () => mark(chance) }),
  }));
  const order = chance.maybe(0.2) ? [{ role: 'system', content: texts(chance) }] : [];
  return [question, answer, ...results, ...order];
}

function userContent(chance: Chance): unknown {
  if (chance.maybe()) return chance.text();
  const parts: (() => object)[] = [
    () => ({ type: 'text', text: chance.text() }),
    () => ({
      type: 'image_url',
      image_url: { url: 'https://example.test/a.png', detail: chance.pick(['auto', 'low', 'high']) },
    }),
    () => ({ type: 'image_url', image_url: { url: `data:image/png;base64,${DATA}` } }),
    () => ({
      type: 'input_audio',
      input_audio: { data: DATA, format: chance.pick(['wav', 'mp3', 'flac', 'm4a', 'pcm16']) },
    }),
    () => ({ type: 'file', file: { file_data: `data:application/pdf;base64,${DATA}`, filename: 'a.pdf' } }),
    () => ({ type: 'file', file: { file_id: chance.name('file-') } }),
    () => ({ type: 'video_url', video_url: { url: `data:video/mp4;base64,${DATA}` } }),
  ];
  return chance.list(1, 4, () => ({
    ...chance.pick(parts)(),
    ...chance.some({ cache_control: () => mark(chance) }, 0.2),
  }));
}

const details = (chance: Chance): object[] =>
  chance.list(1, 3, index =>
    chance.maybe(0.3)
      ? { type: 'reasoning.encrypted', data: chance.name('enc'), index }
      : { type: 'reasoning.text', text: chance.text(), index, ...chance.some({ signature: () => chance.name('sig') }) },
  );
