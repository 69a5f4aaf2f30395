import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import type { Codec, EncodeRequestOptions } from '../../src/dialects/neutral/codec.js';
import type { ChatDialect } from '../../src/dialects/neutral/neutral.types.js';
import { RequestFieldError } from '../../src/dialects/request-field-error.js';
import { GatewayError } from '../../src/errors/gateway-error.js';
import { decodeRequest, encodeRequest } from '../../src/inference/translating/translate.js';
import { FEATURES, PLAIN } from './features.js';
import { DIALECTS, FOLDERS, ROOT } from '../support/golden-translations.js';

/**
 * What a target cannot be told is named by the path where it stands in the caller's own request, whatever the pair of dialects:
 * every recorded request and every feature, to every other dialect, with models of both ways to think.
 */
const OPTIONS = { model: 'm', defaultMaxTokens: 4_096, streamUsage: true };
const THINKING = [
  { adaptiveThinking: false, thinkingLevels: false },
  { adaptiveThinking: true, thinkingLevels: true },
];
/** What is named once for all its places, by the key that it has in each; a signature is also named where it is missing. */
const KEYS = new Set(['cache_control', 'citations', 'annotations']);

function requestsOf(dialect: ChatDialect): [name: string, body: string][] {
  const folder = join(ROOT, FOLDERS[dialect], 'requests');
  const recorded = readdirSync(folder).filter(name => name.endsWith('.json'));
  const features = FEATURES.flatMap(([name, fields]): [string, string][] => {
    try {
      const options: EncodeRequestOptions = { ...OPTIONS, ...(THINKING[0] as (typeof THINKING)[number]) };
      const { wire } = (DESCRIPTORS[dialect].codec as Codec).encodeRequest({ ...PLAIN, ...fields }, options);
      return [[`feature: ${name}`, JSON.stringify(wire)]];
    } catch (error) {
      if (error instanceof RequestFieldError) return [];
      throw error;
    }
  });
  return [...recorded.map(name => [name, readFileSync(join(folder, name), 'utf8')] as [string, string]), ...features];
}

const camel = (key: string) => key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** How many of the path's steps there are, and how many of them lead somewhere in the caller's request. */
function stepsOf(wire: unknown, field: string): { all: number; found: number } {
  const steps = field.match(/\["[^"]*"\]|\[\d+\]|[^.[\]]+/g) ?? [];
  let at = wire;
  let found = 0;
  for (const step of steps) {
    const key = step.replaceAll(/^\["?|"?\]$/g, '');
    const keys = typeof at === 'object' && at !== null ? Object.keys(at) : [];
    const own = keys.find(
      each => each === key || camel(each) === camel(key) || each.replaceAll(/[^\x20-\x7e]/g, '?') === key,
    );
    // A list of one may be written without the list, in Google's JSON.
    if (own === undefined && step === '[0]' && !Array.isArray(at)) {
      found += 1;
      continue;
    }
    if (own === undefined) break;
    at = (at as Record<string, unknown>)[own];
    found += 1;
  }
  return { all: steps.length, found };
}

function isCallersOwn(body: string, field: string): boolean {
  if (field === 'signature') return true;
  if (KEYS.has(field)) return body.includes(`"${field}"`);
  const { all, found } = stepsOf(JSON.parse(body), field);
  return found >= Math.max(1, all - 1);
}

/** The fields that are named, with the text of a refusal. */
function named(
  from: ChatDialect,
  to: ChatDialect,
  body: string,
  thinking: (typeof THINKING)[number],
): [string, string][] {
  const path = from === 'gemini_generate_content' ? { model: 'm', stream: false } : null;
  try {
    const decoded = decodeRequest(Buffer.from(body), from, path);
    const { losses } = encodeRequest(decoded, to, { ...OPTIONS, ...thinking });
    return losses.map(({ field }) => [field, '']);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return [[error.param ?? 'none', error.publicMessage]];
  }
}

const NEUTRAL =
  /turns\[|\.parts\[(?!\d+\]\.(?:inlineData|inline_data))|budgetTokens|maxOutputTokens|toolChoice|reasoning\.show/;

describe.each(DIALECTS)('what a request in %s loses', from => {
  const requests = requestsOf(from);
  it.each(DIALECTS.filter(to => to !== from))('to %s is named where it stands in it', to => {
    const strange = requests.flatMap(([name, body]) =>
      THINKING.flatMap(thinking => named(from, to, body, thinking)).flatMap(([field, text]) => {
        const isOwn = text.endsWith(' is required') || isCallersOwn(body, field);
        const isPlain = from === 'gemini_generate_content' || !NEUTRAL.test(`${field} ${text}`);
        return isOwn && isPlain ? [] : [`${name}: ${field} ${text}`];
      }),
    );
    expect([...new Set(strange)]).toEqual([]);
  });
});

/** What is wrong, or told in words, within tools and calls of every form. */
const WITHIN: readonly (readonly [string, ChatDialect, object, string])[] = [
  [
    'broken arguments',
    'chat_completions',
    {
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', tool_calls: [{ id: '1', type: 'function', function: { name: 'f', arguments: '{"a' } }] },
      ],
    },
    'messages[1].tool_calls[0].function.arguments',
  ],
  [
    'broken arguments of the first form',
    'chat_completions',
    {
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', function_call: { name: 'f', arguments: '{"a' } },
      ],
    },
    'messages[1].function_call.arguments',
  ],
  [
    'broken arguments',
    'openai_responses',
    {
      input: [
        { role: 'user', content: 'Hi' },
        { type: 'function_call', call_id: '1', name: 'f', arguments: '{"a' },
      ],
    },
    'input[1].arguments',
  ],
  [
    'a schema of the first form',
    'chat_completions',
    { messages: [{ role: 'user', content: 'Hi' }], functions: [{ name: 'f', parameters: { oneOf: [{}] } }] },
    'functions[0].parameters.oneOf',
  ],
  [
    'a schema in a namespace',
    'openai_responses',
    {
      input: 'Hi',
      tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'f', parameters: { oneOf: [{}] } }] }],
    },
    'tools[0].tools[0].parameters.oneOf',
  ],
  [
    'a failed tool',
    'gemini_generate_content',
    {
      contents: [
        { parts: [{ text: 'Hi' }] },
        { role: 'model', parts: [{ functionCall: { name: 'f' } }] },
        { parts: [{ functionResponse: { name: 'f', response: { error: 'no' } } }] },
      ],
    },
    'contents[2].parts[0].functionResponse.response.error',
  ],
];

it.each(WITHIN)('%s in %s is named where it stands: %#', (_, from, fields, field) => {
  const body = JSON.stringify({ model: 'm', ...fields });
  const to = from === 'gemini_generate_content' ? 'openai_responses' : 'anthropic_messages';
  expect(named(from, to, body, THINKING[0]!).map(([name]) => name)).toContain(field);
});

describe('a key that nobody knows', () => {
  const KEY = 'odd\r\nkey\u0000';
  const bodies: Readonly<Record<ChatDialect, object>> = {
    chat_completions: { model: 'm', messages: [{ role: 'user', content: 'Hi' }] },
    anthropic_messages: { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] },
    openai_responses: { model: 'm', input: 'Hi' },
    gemini_generate_content: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
  };
  const told = (dialect: ChatDialect, value: string) => {
    const body = JSON.stringify(bodies[dialect]).replace('{', () => `{${JSON.stringify(KEY)}:${value},`);
    const path = dialect === 'gemini_generate_content' ? { model: 'm', stream: false } : null;
    const to = dialect === 'chat_completions' ? 'anthropic_messages' : 'chat_completions';
    const decoded = decodeRequest(Buffer.from(body), dialect, path);
    return encodeRequest(decoded, to, { ...OPTIONS, ...(THINKING[0] as (typeof THINKING)[number]) }).losses;
  };

  it('is named alike in every dialect', () => {
    const names = DIALECTS.map(dialect => told(dialect, '1'));
    for (const losses of names) expect(losses).toEqual(names[0]);
    expect(names[0]).toEqual([{ field: '["odd??key?"]', reason: expect.any(String) as string }]);
  });

  it('is not repeated where it is the type of a tool, or holds a number that is too large', () => {
    const shown = (dialect: ChatDialect, fields: object, more = (text: string) => text): string => {
      const body = more(JSON.stringify({ ...bodies[dialect], ...fields }));
      const path = dialect === 'gemini_generate_content' ? { model: 'm', stream: false } : null;
      const to = dialect === 'openai_responses' ? 'anthropic_messages' : 'openai_responses';
      try {
        const decoded = decodeRequest(Buffer.from(body), dialect, path);
        const { losses } = encodeRequest(decoded, to, { ...OPTIONS, ...(THINKING[0] as (typeof THINKING)[number]) });
        return losses.map(({ field, reason }) => `${field}: ${reason}`).join('; ');
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        return `${error.param}: ${error.publicMessage}`;
      }
    };
    for (const dialect of DIALECTS) {
      const tool = dialect === 'gemini_generate_content' ? { [KEY]: {} } : { type: KEY };
      const text = shown(dialect, { tools: [tool] });
      expect(text).toMatch(/^tools\[0\]/);
      expect(text).not.toMatch(/[^\x20-\x7e\u2019]/);
    }
    const schema = { type: 'object', properties: { [KEY]: { type: 'number', maximum: 7 } } };
    const tools = [{ type: 'function', function: { name: 'f', parameters: schema } }];
    const large = shown('chat_completions', { tools }, body => body.replace('"maximum":7', '"maximum":1e999'));
    expect(large).toContain('finite');
    expect(large).not.toMatch(/[^\x20-\x7e\u2019]/);
  });
});
