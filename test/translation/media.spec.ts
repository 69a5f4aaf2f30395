import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import type { ChatDialect } from '../../src/dialects/neutral/neutral.types.js';
import type { JsonObject } from '../../src/json/value.js';

/** Files and pictures keep their type and a name that tells it, however their caller spelt them. */
const OPTIONS = {
  model: 'target-model',
  defaultMaxTokens: 4_096,
  streamUsage: true,
  adaptiveThinking: true,
  thinkingLevels: false,
};
const codecOf = (dialect: ChatDialect) => {
  const { codec } = DESCRIPTORS[dialect];
  if (codec === null) throw new Error(`${dialect} has no codec`);
  return codec;
};

type Asked = readonly [from: ChatDialect, part: JsonObject];
const messages = (part: JsonObject) => [{ role: 'user', content: [part] }];
const REQUESTS: Readonly<Record<ChatDialect, (part: JsonObject) => JsonObject>> = {
  chat_completions: part => ({ model: 'm', messages: messages(part) }),
  anthropic_messages: part => ({ model: 'm', max_tokens: 9, messages: messages(part) }),
  openai_responses: part => ({ model: 'm', input: messages(part) }),
  gemini_generate_content: part => ({ model: 'm', stream: false, contents: [{ parts: [part] }] }),
};

function partAt(to: ChatDialect, [from, part]: Asked): JsonObject {
  const { request } = codecOf(from).decodeRequest(REQUESTS[from](part));
  const { wire } = codecOf(to).encodeRequest(request, OPTIONS);
  const [turn = {}] = (wire['messages'] ?? wire['input'] ?? wire['contents']) as JsonObject[];
  const [written = {}] = (turn['content'] ?? turn['parts']) as JsonObject[];
  return written;
}

const data = 'YSxi';
const chatFile = (file: JsonObject): Asked => ['chat_completions', { type: 'file', file }];
const inputFile = (file: JsonObject): Asked => ['openai_responses', { type: 'input_file', ...file }];
const inline = (mimeType: string): Asked => ['gemini_generate_content', { inlineData: { mimeType, data } }];
const source = (type: string, media_type: string): Asked => [
  'anthropic_messages',
  { type, source: { type: 'base64', media_type, data } },
];

describe('the type of a file', () => {
  it.each<[string, Asked, string]>([
    ['its name', chatFile({ filename: 'a.csv', file_data: data }), 'text/csv'],
    ['its name', chatFile({ filename: 'a.PNG', file_data: data }), 'image/png'],
    ['its name', inputFile({ filename: 'a.txt', file_data: data }), 'text/plain'],
    ['its name', inputFile({ filename: 'a.mp3', file_data: data }), 'audio/mpeg'],
    ['nothing', inputFile({ filename: 'a', file_data: data }), 'application/pdf'],
    ['its data URL', inputFile({ filename: 'a.txt', file_data: `data:text/csv;base64,${data}` }), 'text/csv'],
    ['a name that nobody takes', inline('image/jpg'), 'image/jpeg'],
    ['a name in capitals', inline('IMAGE/PNG'), 'image/png'],
    ['a name with parameters', inline('text/plain; charset=utf-8'), 'text/plain'],
    ['a name that nobody takes', source('image', 'image/jpg'), 'image/jpeg'],
  ])('is told by %s: %j', (_, asked, mediaType) => {
    const to = asked[0] === 'gemini_generate_content' ? 'chat_completions' : 'gemini_generate_content';
    const written = JSON.stringify(partAt(to, asked));
    expect(written).toContain(to === 'chat_completions' ? `data:${mediaType};base64,` : `"mimeType":"${mediaType}"`);
  });
});

describe('the name of a file at OpenAI', () => {
  it.each<[string, Asked]>([
    ['report.pdf', chatFile({ filename: 'report.pdf', file_data: data })],
    ['report.v2', inputFile({ filename: 'report.v2', file_data: data })],
    ['document.pdf', inline('application/pdf')],
    ['document.csv', inline('text/csv')],
    ['A report.pdf', ['anthropic_messages', { ...source('document', 'application/pdf')[1], title: 'A report' }]],
    ['document.txt', ['anthropic_messages', { type: 'document', source: { type: 'text', data: 'hello' } }]],
  ])('has an end that tells its type: %s', (filename, asked) => {
    if (asked[0] !== 'chat_completions') {
      expect(partAt('chat_completions', asked)).toMatchObject({ type: 'file', file: { filename } });
    }
    if (asked[0] !== 'openai_responses') {
      expect(partAt('openai_responses', asked)).toMatchObject({ type: 'input_file', filename });
    }
  });
});
