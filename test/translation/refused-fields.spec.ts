/** What no request may hold, row by row of the table: in every dialect, on every kind of upstream, as it came or translated. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppConfig } from '../../src/config/app-config.js';
import type { CatalogModel } from '../../src/catalog/catalog.types.js';
import { type Dialect, DIALECTS } from '../../src/dialects/dialect.js';
import { REFUSED_FIELDS, type RefusedField } from '../../src/dialects/refused-fields.js';
import { BodyBudget } from '../../src/inference/body/body-budget.js';
import type { InferenceRequest } from '../../src/inference/inference-request.js';
import type { PreparedCall } from '../../src/inference/attempt.js';
import { prepareCall } from '../../src/inference/prepare-call.js';
import { Translations } from '../../src/inference/translating/translations.service.js';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import { capabilitiesOf, dialectFor } from '../../src/routing/capabilities.js';
import { Clock } from '../../src/platform/clock.js';
import { PROVIDER_KINDS, type ProviderKind } from '../../src/providers/kinds.js';
import { AbortSource } from '../../src/upstream/abort-signal.js';
import { DIALECT_CALLS } from '../support/dialect-calls.js';
import { upstreamOf } from '../support/provider-calls.js';

const KINDS = Object.keys(PROVIDER_KINDS) as ProviderKind[];
const DOCS = join(__dirname, '..', '..', 'docs', 'refused-fields.md');
const MARK = ['<!-- table: made by test/translation/refused-fields.spec.ts -->', '<!-- end of the table -->'] as const;

type Body = Record<string, unknown>;

/** A model of each maker, so that every dialect goes on as it came somewhere and is translated somewhere. */
const MODELS = (
  [
    ['anthropic', ['chat_completions', 'anthropic_messages']],
    ['openai', ['chat_completions', 'openai_responses', 'embeddings']],
    ['google', ['chat_completions', 'gemini_generate_content']],
  ] as const
).map(([provider, dialects]) => {
  const fields = { id: 'm', family: null, provider, maxOutputTokens: null, nativeDialects: new Set<Dialect>(dialects) };
  return fields as unknown as CatalogModel;
});

const CONFIG = AppConfig.fromEnvironment({});
/** Small requests are translated at once. */
const TRANSLATIONS = new Translations(CONFIG, new BodyBudget(CONFIG), new Clock());

interface Way {
  readonly kind: ProviderKind;
  readonly model: CatalogModel;
  readonly native: boolean;
}

/** Every way that a request of a dialect may take. */
function waysOf(dialect: Dialect): Way[] {
  const all = KINDS.flatMap(kind =>
    MODELS.flatMap(model => {
      const spoken = dialectFor(kind, model, dialect);
      return spoken === null ? [] : [{ kind, model, native: spoken === dialect }];
    }),
  );
  return all.filter(
    (way, index) => all.findIndex(({ kind, native }) => kind === way.kind && native === way.native) === index,
  );
}

/** What becomes of a request: its body as it goes out, or why it does not. */
function send(dialect: Dialect, text: string, { kind, model }: Pick<Way, 'kind' | 'model'>): string {
  const caller = DESCRIPTORS[dialect];
  const path = { model: 'm', action: 'generateContent', stream: false, jsonArray: false };
  try {
    const wire = caller.readRequest(Buffer.from(text), path);
    const request = { dialect, wire, model, headers: {}, adapted: [] } as unknown as InferenceRequest;
    const target = { upstream: upstreamOf(kind, 'https://provider.test'), model: 'their-model' };
    const signal = new AbortSource();
    const { call } = prepareCall(TRANSLATIONS.of(request), { caller, target }, TRANSLATIONS, signal) as PreparedCall;
    return Buffer.concat(call.body).toString();
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
}

const plain = (dialect: Dialect): Body => {
  const call = DIALECT_CALLS.find(candidate => candidate.dialect === dialect);
  if (call === undefined) throw new Error(dialect);
  return call.body('m');
};

/** Something below the top level of a dialect's request. */
function below(dialect: Dialect, item: object): Body {
  if (dialect === 'gemini_generate_content') return { contents: [{ role: 'user', parts: [{ text: 'x' }, item] }] };
  if (dialect === 'openai_responses') return { model: 'm', input: [{ role: 'user', content: [item] }] };
  return { ...plain(dialect), messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }, item] }] };
}

/** Values that do what their field is refused for, where it is not just any. */
const VALUES: Record<string, unknown> = {
  'messages[].audio': { id: 'audio_1' },
  fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/x',
  url: 'gs://bucket/x.png',
  video_url: 'file:///etc/passwd',
  audio_url: 'http://127.0.0.1:9000/x.wav',
  document_url: '/etc/passwd',
  file_data: 'file:///etc/passwd',
  data: 'http://169.254.169.254/latest/meta-data',
  image_url: 'https://generativelanguage.googleapis.com/v1beta/files/x',
  file_url: 's3://bucket/x.pdf',
  'tools[].fileSearch': {},
  'tools[].retrieval': {},
  'tools[].container': 'cntr_1',
  'audio.voice': { id: 'voice_1' },
};

/** A request in which a row's field stands, written so. */
function holding(row: RefusedField, dialect: Dialect, name: string): Body {
  const value = VALUES[row.field] ?? 'x';
  if (row.field === 'input[].id') return { model: 'm', input: [{ [name]: 'msg_1' }] };
  if (row.field.endsWith('with unknown tools of a provider')) {
    const tools = [{ type: 'namespace', name: 'n', tools: [{ type: 'x_search' }] }];
    return {
      model: 'm',
      input: [
        { role: 'user', content: 'x' },
        { type: name, tools },
      ],
    };
  }
  if (row.field === 'tools[].model of an advisor') {
    return { ...plain(dialect), tools: [{ type: 'advisor_20260301', name: 'advisor', [name]: value }] };
  }
  if (dialect === 'anthropic_messages' && row.told === 'by-address') {
    return below(dialect, { type: 'image', source: { type: 'url', [name]: value } });
  }
  if (row.at === 'top') return { ...plain(dialect), [name]: value };
  return below(dialect, row.at === 'type' ? { type: name, id: 'x' } : { type: 'text', text: 'x', [name]: value });
}

/** The same with the name's last letter as an escape. */
function escaped(text: string, name: string): string {
  const code = name
    .charCodeAt(name.length - 1)
    .toString(16)
    .padStart(4, '0');
  return text.replaceAll(`"${name}"`, `"${name.slice(0, -1)}\\u${code}"`);
}

const CASES = REFUSED_FIELDS.flatMap(row => row.dialects.map(dialect => ({ field: row.field, dialect, row })));

describe.each(CASES)('$field in $dialect', ({ row, dialect }) => {
  const ways = waysOf(dialect);

  it('is refused on every kind of upstream that it concerns, as it came and translated', () => {
    for (const way of ways) {
      const told = row.names.map(name => send(dialect, JSON.stringify(holding(row, dialect, name)), way));
      const concerned = row.kinds === undefined || row.kinds.includes(way.kind);
      for (const answer of told) {
        expect([way.kind, way.native, answer.includes(`${row.why}; ${row.instead}`)]).toEqual([
          way.kind,
          way.native,
          concerned,
        ]);
        if (concerned) expect(answer).toMatch(/^invalid_request: /);
      }
    }
  });

  it('is refused in any letter case, and however it is escaped', () => {
    const way = ways.find(({ kind }) => row.kinds === undefined || row.kinds.includes(kind));
    if (way === undefined) throw new Error('no way');
    for (const name of row.names) {
      const text = JSON.stringify(holding(row, dialect, name));
      expect(send(dialect, escaped(text, name), way)).toMatch(/^invalid_(request|json): /);
      if (row.told === 'by-value') continue;
      const upper = name.toUpperCase();
      expect(send(dialect, text.replaceAll(`"${name}"`, `"${upper}"`), way)).toMatch(/^invalid_(request|json): /);
    }
  });

  it.each([null, false, '', [], {}])('passes where it says nothing: %j', nothing => {
    if (row.acts !== undefined || row.at !== 'top') return;
    for (const way of ways) {
      const text = JSON.stringify({ ...plain(dialect), [row.names[0] ?? '']: nothing });
      expect(send(dialect, text, way)).not.toContain(row.why);
    }
  });
});

describe('a reference to a thought', () => {
  const input = (...items: object[]) => JSON.stringify({ ...plain('openai_responses'), input: items });
  const words = { role: 'user', content: 'hi' };

  it('is refused as it came, and left out where the request is translated', () => {
    const text = input(words, { type: 'item_reference', id: 'rs_req_0_0' }, words);
    for (const way of waysOf('openai_responses')) {
      const answer = send('openai_responses', text, way);
      expect([way.kind, way.native, answer.startsWith('invalid_request: input[1] ')]).toEqual([
        ...[way.kind, way.native],
        way.native,
      ]);
      expect(answer).not.toContain('rs_req_0_0');
    }
  });

  it('hides nothing else that is refused', () => {
    const thought = { type: 'item_reference', id: 'rs_0' };
    for (const other of [{ type: 'item_reference', id: 'msg_0' }, { type: 'item_reference' }, { id: 'rs_0' }]) {
      for (const way of waysOf('openai_responses'))
        expect(send('openai_responses', input(words, thought, other), way)).toMatch(/^invalid_request: input\[[12]\]/);
    }
  });
});

describe('the table of refused fields', () => {
  it('is tried as it came and translated, on every kind', () => {
    for (const dialect of DIALECTS) {
      const ways = waysOf(dialect);
      expect(ways.some(({ native }) => native)).toBe(true);
      expect(ways.some(({ native }) => !native)).toBe(dialect !== 'embeddings');
    }
    expect(new Set(DIALECTS.flatMap(dialect => waysOf(dialect).map(({ kind }) => kind))).size).toBe(KINDS.length);
  });

  it('names kinds of upstreams that there are', () => {
    for (const { kinds = [] } of REFUSED_FIELDS) expect(KINDS).toEqual(expect.arrayContaining([...kinds]));
  });

  it('stands in the docs', () => {
    const lines = REFUSED_FIELDS.map(({ field, dialects, kinds, why, instead }) => [
      `\`${field}\``,
      dialects.length === DIALECTS.length ? 'all' : dialects.map(name => `\`${name}\``).join(', '),
      kinds === undefined ? 'all' : kinds.map(kind => `\`${kind}\``).join(', '),
      why,
      instead.replaceAll('|', '\\|'),
    ]);
    const head = ['Field', 'Dialects', 'Upstreams', 'Why', 'Instead'];
    const rows = [head, head.map(() => '---'), ...lines].map(cells => `| ${cells.join(' | ')} |`);
    const docs = readFileSync(DOCS, 'utf8');
    const [before = '', rest = ''] = docs.split(MARK[0]);
    const [, after = ''] = rest.split(MARK[1]);
    const text = `${before}${MARK[0]}\n<!-- prettier-ignore -->\n${rows.join('\n')}\n\n${MARK[1]}${after}`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(DOCS, text);
    expect(readFileSync(DOCS, 'utf8')).toBe(text);
  });
});

describe('what is the caller’s own', () => {
  const names = [...new Set(REFUSED_FIELDS.flatMap(row => row.names))];
  const schema = { type: 'object', properties: Object.fromEntries(names.map(name => [name, { type: 'string' }])) };
  const values = Object.fromEntries(names.map(name => [name, 'x']));
  const said = `Send {"store": true, "file_id": "x"} and gs://bucket, ${names.join(', ')}.`;
  const INNOCENT: Record<string, [Dialect, Body]> = {
    'a turn of Claude Code': [
      'anthropic_messages',
      {
        ...{ model: 'm', max_tokens: 9, metadata: { user_id: 'u' }, stream: true },
        tools: [{ name: 'read', description: said, input_schema: schema }],
        messages: [
          { role: 'user', content: [{ type: 'text', text: said, cache_control: { type: 'ephemeral' } }] },
          { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'read', input: values }] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: said }] },
        ],
      },
    ],
    'a turn of Codex': [
      'openai_responses',
      {
        ...{ model: 'm', store: false, stream: true, include: ['reasoning.encrypted_content'], prompt_cache_key: 'k' },
        ...{ background: false, previous_response_id: null, conversation: null },
        tools: [{ type: 'function', name: 'read', description: said, parameters: schema, strict: false }],
        input: [
          {
            type: 'additional_tools',
            role: 'developer',
            tools: [{ type: 'web_search' }, { type: 'custom', name: 'c' }],
          },
          { type: 'message', id: 'msg_1', role: 'user', content: [{ type: 'input_text', text: said }] },
          { type: 'function_call', id: 'fc_1', call_id: 'c', name: 'read', arguments: JSON.stringify(values) },
          { type: 'function_call_output', call_id: 'c', output: said },
        ],
      },
    ],
    'a turn of the AI SDK': [
      'chat_completions',
      {
        ...{ model: 'm', store: false, user: 'u', metadata: { file_id: 'x', models: 'y' } },
        tools: [{ type: 'function', function: { name: 'read', description: said, parameters: schema } }],
        messages: [
          { role: 'user', content: [{ type: 'text', text: said }] },
          {
            role: 'assistant',
            tool_calls: [{ id: 'c', type: 'function', function: { name: 'read', arguments: JSON.stringify(values) } }],
          },
          { role: 'tool', tool_call_id: 'c', content: said },
        ],
      },
    ],
    'a turn of a client of Gemini': [
      'gemini_generate_content',
      {
        tools: [{ functionDeclarations: [{ name: 'read', description: said, parametersJsonSchema: schema }] }],
        contents: [
          { role: 'user', parts: [{ text: said }] },
          { role: 'model', parts: [{ functionCall: { name: 'read', args: values } }] },
          { role: 'user', parts: [{ functionResponse: { name: 'read', response: values } }] },
        ],
      },
    ],
    'a picture at an address': [
      'chat_completions',
      below('chat_completions', { type: 'image_url', image_url: { url: 'https://storage.googleapis.com/x/y.png' } }),
    ],
    'a film at an address': [
      'gemini_generate_content',
      below('gemini_generate_content', { fileData: { fileUri: 'https://youtu.be/x', mimeType: 'video/mp4' } }),
    ],
    'a container of its own': [
      'openai_responses',
      { ...plain('openai_responses'), tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] },
    ],
    'a picture that was made before': [
      'openai_responses',
      {
        model: 'm',
        input: [{ type: 'image_generation_call', id: 'ig_1', status: 'completed', result: 'iVBORw0KGgo=' }],
      },
    ],
    'an answer with its citations': [
      'openai_responses',
      {
        model: 'm',
        input: [
          {
            ...{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed' },
            content: [
              { type: 'output_text', text: 'x', annotations: [{ type: 'file_citation', file_id: 'f', index: 0 }] },
            ],
          },
        ],
      },
    ],
  };

  it.each(Object.entries(INNOCENT))('passes: %s', (_, [dialect, body]) => {
    const text = JSON.stringify(body);
    for (const way of waysOf(dialect)) {
      const sent = send(dialect, text, way);
      for (const { why } of REFUSED_FIELDS) expect([way, sent.includes(why)]).toEqual([way, false]);
      if (!way.native) continue;
      const { model: _asked, ...rest } = JSON.parse(sent) as Body;
      const { model: __, ...own } = body;
      expect(rest).toEqual(
        dialect === 'openai_responses' && capabilitiesOf(way.kind).storesByDefault ? { ...own, store: false } : own,
      );
    }
  });
});

describe('a request of Responses that does not say whether it is kept', () => {
  const goesOn = waysOf('openai_responses').filter(({ native }) => native);

  it.each([undefined, null, false])('is told not to be where the provider would keep it: store %j', store => {
    expect(goesOn.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['openai', 'azure-openai', 'databricks']));
    for (const way of goesOn) {
      const sent = JSON.parse(
        send('openai_responses', JSON.stringify({ ...plain('openai_responses'), store }), way),
      ) as Body;
      expect([way.kind, sent['store']]).toEqual([way.kind, capabilitiesOf(way.kind).storesByDefault ? false : store]);
    }
  });
});

describe('a Gemini body', () => {
  const way = waysOf('gemini_generate_content').find(({ native }) => native) as Way;
  const contents = plain('gemini_generate_content');

  it.each(['m', 'models/m', 'publishers/google/models/m'])(
    'may repeat the model of its path, and goes on with the target’s: %s',
    model => {
      const path = model.slice(0, -1);
      expect(JSON.parse(send('gemini_generate_content', JSON.stringify({ model, ...contents }), way))).toEqual({
        model: `${path}their-model`,
        ...contents,
      });
      for (const wrapper of ['generateContentRequest', 'generate_content_request']) {
        const sent = send('gemini_generate_content', JSON.stringify({ [wrapper]: { ...contents, model } }), way);
        expect(JSON.parse(sent)).toEqual({ [wrapper]: { ...contents, model: `${path}their-model` } });
      }
    },
  );

  it.each(['other', 'models/other', 'm/other', 7])('names no other model: %j', model => {
    for (const body of [{ ...contents, model }, { generateContentRequest: { ...contents, model } }]) {
      expect(send('gemini_generate_content', JSON.stringify(body), way)).toMatch(
        /^invalid_request: model is not supported/,
      );
    }
  });
});

describe('a file of Gemini', () => {
  const way = waysOf('gemini_generate_content').find(({ native }) => native) as Way;
  const [fileUri] = REFUSED_FIELDS.filter(({ field }) => field === 'fileUri');
  const ask = (uri: unknown) =>
    send(
      'gemini_generate_content',
      JSON.stringify(below('gemini_generate_content', { file_data: { file_uri: uri } })),
      way,
    );

  it.each([
    ...['files/x', 'gs://bucket/x', 'corpora/x', 'https://', 7],
    ...[
      'https://GenerativeLanguage.googleapis.com./v1beta/files/x',
      ' https://u@generativelanguage.googleapis.com/files/x',
    ],
    ...['https://us-central1-aiplatform.googleapis.com/v1/x', 'https:\\\\generativelanguage.googleapis.com/files/x'],
  ])('is no file of the account: %j', uri => {
    expect(ask(uri)).toContain(fileUri?.why);
  });

  it.each(['https://youtu.be/x', 'http://example.com/x.pdf', 'https://storage.googleapis.com/b/x.png'])(
    'may lie where everybody can read it: %s',
    uri => {
      expect(JSON.parse(ask(uri))).toMatchObject({ contents: [{ parts: [{}, { file_data: { file_uri: uri } }] }] });
    },
  );

  it('is none of the account either where a caller of chat completions names it as a picture', () => {
    const uri = 'https://generativelanguage.googleapis.com/v1beta/files/x';
    const text = JSON.stringify(below('chat_completions', { type: 'image_url', image_url: { url: uri } }));
    for (const each of waysOf('chat_completions'))
      expect(send('chat_completions', text, each)).toMatch(/^invalid_request: /);
  });
});

/** What a provider would fetch: in every dialect, wherever it takes an address, as it comes and translated. */
describe('an address in a request', () => {
  const SHAPES: readonly (readonly [Dialect, string, (uri: string) => Body])[] = [
    ['chat_completions', 'image', uri => below('chat_completions', { type: 'image_url', image_url: { url: uri } })],
    ['chat_completions', 'bare image', uri => below('chat_completions', { type: 'image_url', image_url: uri })],
    ['chat_completions', 'film', uri => below('chat_completions', { type: 'video_url', video_url: { url: uri } })],
    ['chat_completions', 'file', uri => below('chat_completions', { type: 'file', file: { file_data: uri } })],
    [
      'chat_completions',
      'sound',
      uri => below('chat_completions', { type: 'input_audio', input_audio: { data: uri } }),
    ],
    [
      'anthropic_messages',
      'image',
      uri => below('anthropic_messages', { type: 'image', source: { type: 'url', url: uri } }),
    ],
    ['anthropic_messages', 'PDF', uri => below('anthropic_messages', { type: 'document', source: { url: uri } })],
    [
      'anthropic_messages',
      'image in a result',
      uri =>
        below('anthropic_messages', {
          ...{ type: 'tool_result', tool_use_id: 't' },
          content: [{ type: 'image', source: { type: 'url', url: uri } }],
        }),
    ],
    ['openai_responses', 'image', uri => below('openai_responses', { type: 'input_image', image_url: uri })],
    ['openai_responses', 'file', uri => below('openai_responses', { type: 'input_file', file_url: uri })],
    [
      'openai_responses',
      'screenshot',
      uri => ({
        model: 'm',
        input: [
          { type: 'computer_call_output', call_id: 'c', output: { type: 'computer_screenshot', image_url: uri } },
        ],
      }),
    ],
    ['gemini_generate_content', 'file', uri => below('gemini_generate_content', { fileData: { fileUri: uri } })],
    ['embeddings', 'image', uri => below('embeddings', { type: 'image_url', image_url: { url: uri } })],
  ];
  const FOREIGN = [
    ...[
      'file:///etc/passwd',
      'FILE:///etc/passwd',
      ' file:///etc/passwd',
      'gs://b/x',
      's3://b/x',
      'hf://x/y',
      'ftp://x.example/y',
    ],
    ...['jar:http://x.example', 'unix:/var/run/docker.sock', 'gopher://127.0.0.1:6379/_x', 'dbfs:/x', 'azure://x/y'],
    ...['http://169.254.169.254/latest', 'HTTP://169.254.169.254', 'http://127.0.0.1/x', 'http://localhost:80/x'],
    ...['http://[::1]/', 'http://[::ffff:169.254.169.254]/', 'http://2130706433/', 'http://0x7f.1/', 'http://127.1./'],
    ...[
      'https://10.0.0.1/x',
      'http://metadata.google.internal/x',
      'http://postgres:5432/',
      'https:///169.254.169.254/',
    ],
    ...[
      'https://generativelanguage.googleapis.com./v1beta/files/abc',
      'https://us-central1-aiplatform.googleapis.com/x',
    ],
  ];
  const WITHOUT_SCHEME = ['/etc/passwd', '../x.png', '//169.254.169.254/x', '/Volumes/c/s/x.png'];
  const PUBLIC = ['https://example.com/x.png', 'http://93.184.215.14:8080/x', 'https://[2606:2800:21f:cb07::1]/x'];
  const takesContent = (shape: string) => shape === 'sound';

  describe.each(SHAPES)('%s: %s', (dialect, shape, at) => {
    const ways = waysOf(dialect);

    it.each([...FOREIGN, ...(/file|sound/.test(shape) && dialect === 'chat_completions' ? [] : WITHOUT_SCHEME)])(
      'is refused where not anybody could fetch it: %s',
      uri => {
        for (const way of ways) {
          for (const text of [JSON.stringify(at(uri)), JSON.stringify(at(uri)).replaceAll('/', '\\/')]) {
            expect([way.kind, way.native, send(dialect, text, way)]).toEqual([
              way.kind,
              way.native,
              expect.stringContaining('the provider would fetch what only it can reach'),
            ]);
          }
        }
      },
    );

    it.each(takesContent(shape) ? ['UklGRg=='] : PUBLIC)('goes on where anybody could: %s', uri => {
      for (const way of ways) expect(send(dialect, JSON.stringify(at(uri)), way)).not.toContain('only it can reach');
      const native = ways.find(way => way.native) as Way;
      expect(send(dialect, JSON.stringify(at(uri)), native)).toContain(uri);
    });
  });

  it.each([
    [
      'chat_completions',
      below('chat_completions', { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }),
    ],
    ['chat_completions', below('chat_completions', { type: 'file', file: { file_data: 'JVBERi0=' } })],
    [
      'chat_completions',
      {
        ...plain('chat_completions'),
        messages: [
          {
            ...{ role: 'assistant', content: 'x' },
            annotations: [{ type: 'url_citation', url_citation: { url: 'http://wiki/x', title: 'x' } }],
          },
        ],
      },
    ],
    [
      'anthropic_messages',
      below('anthropic_messages', {
        ...{ type: 'web_search_tool_result', tool_use_id: 't' },
        content: [{ type: 'web_search_result', url: 'http://wiki/x', title: 'x' }],
      }),
    ],
    [
      'anthropic_messages',
      below('anthropic_messages', { type: 'tool_use', id: 't', name: 'open', input: { url: 'http://localhost:3000' } }),
    ],
  ] as const)('is none where the content itself stands, or what was read before: %s %#', (dialect, body) => {
    const way = waysOf(dialect).find(({ native }) => native) as Way;
    expect(JSON.parse(send(dialect, JSON.stringify(body), way))).toEqual({ ...body, model: 'their-model' });
  });
});

describe('a key that comes twice below the top level', () => {
  const way = waysOf('openai_responses').find(({ native }) => native) as Way;

  it.each([
    '{"type":"mcp","type":"function"}',
    '{"type":"function","type":"mcp"}',
    '{"server_url":"http://x","server_url":null}',
  ])('cannot say one thing here and another to the provider: %s', tool => {
    expect(send('openai_responses', `{"model":"m","input":"x","tools":[${tool}]}`, way)).toMatch(/^invalid_request: /);
  });
});

describe('extra_body', () => {
  const way = waysOf('chat_completions').find(({ kind }) => kind === 'openai-compatible') as Way;
  const ask = (extra_body: unknown) =>
    send('chat_completions', JSON.stringify({ ...plain('chat_completions'), extra_body }), way);

  it('may hold no field that the request may not hold', () => {
    expect(ask({ api_base: 'http://x' })).toMatch(/^invalid_request: extra_body\.api_base is not supported/);
    expect(ask({ google: { cached_content: 'cachedContents/x' } })).toMatch(
      /extra_body\.google\.cached_content is not/,
    );
    expect(ask({ x: 'y'.repeat(70_000) })).toMatch(/^invalid_request: extra_body is too long/);
  });

  it('may hold none in another spelling, nor further in', () => {
    for (const within of [{ Store: true }, { apiBase: 'x' }, { extra_body: { store: true } }, [{ store: true }]]) {
      expect(ask(within)).toMatch(/^invalid_request: extra_body/);
    }
  });

  it('may hold others', () => {
    expect(JSON.parse(ask({ google: { thinking_config: { thinking_budget: 1 } } }))).toMatchObject({
      extra_body: { google: { thinking_config: { thinking_budget: 1 } } },
    });
  });
});
