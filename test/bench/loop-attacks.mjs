// What one caller may do at its worst, for loop-delay.mjs.
export const OWN = 'bench-claude';
/** The model of the small requests: another provider serves it. */
export const OTHER = 'bench-small';

const LINE = 'A line of what an agent has read, with "quotes", a tab\t and an umlaut: ü.\n';
const conversation = (bytes, model, text = LINE.repeat(300)) => {
  const each = Buffer.byteLength(JSON.stringify({ role: 'user', content: text })) + 1;
  const messages = Array.from({ length: Math.floor(bytes / each) }, (_, at) => ({
    role: at % 2 === 0 ? 'user' : 'assistant',
    content: text,
  }));
  return Buffer.from(JSON.stringify({ model, max_tokens: 9, messages }));
};
const repeated = (head, piece, bytes, tail) =>
  Buffer.from(head + piece.repeat(Math.floor(bytes / piece.length)) + tail);
const escapedName = at =>
  [...`k${at}`].map(letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
const chatHead = `{"model":"${OWN}","messages":[{"role":"user","content":"`;
const pattern = { type: 'string', pattern: '^(([a-z])+.)+[A-Z]([a-z])+$' };
const schema = properties => ({
  type: 'json_schema',
  json_schema: { name: 's', schema: { type: 'object', properties } },
});
const CHAT = '/v1/chat/completions';
const MESSAGES = '/anthropic/v1/messages';

/** name → what is sent how often, where, by whom */
export const ATTACKS = {
  'nothing at all': { path: CHAT, times: 0, body: () => Buffer.from('{}') },
  '16 translated bodies of 29 MB': { path: MESSAGES, times: 16, body: () => conversation(29e6, OWN) },
  '16 translated bodies of many short texts': {
    path: MESSAGES,
    times: 16,
    body: () => conversation(20e6, OWN, LINE.repeat(5)),
  },
  '8 native bodies of 30 MB with escapes': {
    path: CHAT,
    times: 8,
    body: () => repeated(chatHead, '\\"\\n words', 30e6, '"}]}'),
  },
  '8 bodies of 30 MB with a suspect word': {
    ...{ path: CHAT, times: 8 },
    body: () =>
      repeated(
        `{"model":"${OWN}","x":["file_id"],"messages":[{"role":"user","content":"`,
        'some\\n words',
        30e6,
        '"}]}',
      ),
  },
  '8 bodies of 10 MB of small values': {
    path: CHAT,
    times: 8,
    body: () => repeated(`{"model":"${OWN}","a":[0`, ',"\\n"', 10e6, ']}'),
  },
  '8 bodies of 240,000 values and a suspect word': {
    ...{ path: CHAT, times: 8 },
    body: () => repeated(`{"model":"${OWN}","x":"file_id","a":[0`, ',{"a":"b"}', 119_000 * 10, ']}'),
  },
  '8 bodies of 10 MB of escaped keys': {
    ...{ path: CHAT, times: 8 },
    body: () =>
      Buffer.from(
        `{"model":"${OWN}",${Array.from({ length: 300_000 }, (_, at) => `"${escapedName(at)}":1`).join(',')}}`,
      ),
  },
  '8 large schemas in response_format': {
    ...{ path: CHAT, times: 8 },
    body: () => {
      const properties = Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`p${at}`, { type: 'string' }]));
      return Buffer.from(JSON.stringify({ model: OWN, response_format: schema(properties), messages: [] }));
    },
  },
  '8 schema patterns at the sandbox': {
    ...{ path: CHAT, times: 8 },
    body: () => {
      const properties = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`p${at}`, pattern]));
      const messages = [{ role: 'user', content: 'x' }];
      return Buffer.from(JSON.stringify({ model: 'gpt-5-4', response_format: schema(properties), messages }));
    },
  },
  '4 counts of 12 MB of emoji': {
    path: `${MESSAGES}/count_tokens`,
    times: 4,
    body: () => conversation(12e6, OWN, '😀'.repeat(20_000)),
  },
  '8 embeddings of 8 MB of token ids': {
    ...{ path: '/v1/embeddings', times: 8 },
    body: () => repeated('{"model":"qwen3-embedding-0-6b","input":[1', ',12345', 8e6, ']}'),
  },
  '16 deep documents of the control plane': {
    path: '/admin/upstreams',
    times: 16,
    key: true,
    body: () => repeated('{"a":', '[', 5e5, ''),
  },
  '16 wide documents of the control plane': {
    ...{ path: '/admin/upstreams', times: 16, key: true },
    body: () =>
      Buffer.from(JSON.stringify({ list: Array.from({ length: 900 }, (_, at) => ({ [`k${at}`]: 'x'.repeat(900) })) })),
  },
  '8 errors of a provider of 16 MB': {
    path: CHAT,
    times: 8,
    body: () => Buffer.from(`{"model":"${OWN}","messages":[],"user":"error"}`),
  },
};
