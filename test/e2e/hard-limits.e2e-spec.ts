/** Hard caps below random requests, of a provider that always reads and writes as much as it can, in the dearest class. */
import { Chance } from '../support/chance.js';
import { FakeProvider, type Script } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

interface Known {
  readonly id: string;
  readonly reads: number;
  readonly writes: number;
}
const GPT: Known = { id: 'gpt-5-4', reads: 922_000, writes: 128_000 };
const SMALL_GPT: Known = { id: 'gpt-5-nano', reads: 272_000, writes: 128_000 };
const CLAUDE: Known = { id: 'claude-sonnet-4-6', reads: 1_000_000, writes: 64_000 };
const GEMINI: Known = { id: 'gemini-3-flash', reads: 1_048_576, writes: 65_536 };
const TIERED_GEMINI: Known = { id: 'gemini-3-1-pro', reads: 1_048_576, writes: 65_536 };
/** What a maker may put before a request that has tools. */
const TOOL_PROMPT = 1_024;
const MARK = /mark-(\d+)-/;

interface Asked {
  readonly path: string;
  readonly model: Known;
  readonly body: object;
  readonly bound: number | null;
  readonly choices: number;
  readonly media: boolean;
  readonly tools: boolean;
  readonly tier: string | undefined;
}

describe('a hard cap', () => {
  let provider: FakeProvider;
  let gateway: TestGateway;
  /** the most that a provider can make of each request: input, output, and how it is served */
  const most = new Map<
    string,
    { input: number; output: number; tier: string | undefined; media: boolean; chance: Chance }
  >();
  /** the most that ran side by side */
  let [running, atOnce] = [0, 0];

  const answer: Script = async (seen, response) => {
    const mark = MARK.exec(seen.body.toString())?.[1] ?? '';
    const known = most.get(mark);
    if (known === undefined) throw new Error('an unknown request');
    const { input, output, tier, media, chance } = known;
    running += 1;
    atOnce = Math.max(atOnce, running);
    await new Promise(resolve => setImmediate(resolve));
    running -= 1;
    // A text is not heard.
    const part = seen.path.includes(':generateContent') && !media ? 0 : chance.pick([0, Math.floor(input / 2), input]);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answerOf(seen.path, { input, output, tier, part })));
  };

  beforeAll(async () => {
    provider = await FakeProvider.start(answer);
    gateway = await startTestGateway({
      ...{ OPENAI_API_KEY: 'sk-fake', OPENAI_BASE_URL: `${provider.url}/v1` },
      ...{ ANTHROPIC_API_KEY: 'sk-fake', ANTHROPIC_BASE_URL: provider.url },
      ...{ GEMINI_API_KEY: 'fake', GEMINI_BASE_URL: provider.url },
      ...{ BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0', BOUGH_MODEL_TOKENS_PER_MINUTE: '0' },
      ...{ BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0', BOUGH_CREDENTIAL_REQUESTS_PER_MINUTE: '0' },
    });
  }, 60_000);
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const ask = async (token: string, { path, body }: Asked) => {
    const response = await fetch(gateway.baseUrl + path, {
      method: 'POST',
      headers: {
        ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...{ 'anthropic-version': '2023-06-01' },
      },
      body: JSON.stringify(body),
    });
    return { status: response.status, text: await response.text() };
  };
  const put = async (scope_id: string, cap: object) => {
    const reply = await gateway.manage('PUT', '/admin/limits', {
      scope_type: 'credential',
      scope_id,
      hard: true,
      ...cap,
    });
    expect(reply.status).toBe(200);
  };

  let serial = 0;
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'on spend and on tokens is never passed, whatever pictures, sound, tools, thoughts and answers are asked for (seed %i)',
    async seed => {
      const chance = new Chance(seed);
      const path = `/api/v2/projects/${gateway.projectId}/branches/${gateway.mainBranchId}/credentials`;
      const credential = { scopes: ['ai_gateway:invoke'], principal_type: 'user' };
      const { body: issued } = await gateway.manage<{ token_id: string; api_token: string }>('POST', path, credential);
      const [usd, day, tokens] = [chance.int(1, 40), chance.int(1, 40), chance.int(300_000, 9_000_000)];
      await put(issued.token_id, { kind: 'spend_per_month', usd: String(usd) });
      await put(issued.token_id, { kind: 'spend_per_day', usd: String(day), model: chance.pick([GPT, CLAUDE]).id });
      await put(issued.token_id, { kind: 'tokens_per_minute', value: tokens });
      // A minute's edge among the requests would make any count wrong.
      await eventually(() => new Date().getUTCSeconds() < 50, 'the begin of a minute', 15_000);

      const statuses: number[] = [];
      for (let round = 0; round < 8; round += 1) {
        const asked = chance.list(4, 9, () => requestOf(chance, `mark-${(serial += 1)}-`));
        for (const one of asked) {
          const mark = MARK.exec(JSON.stringify(one.body))?.[1] ?? '';
          const read = one.media ? one.model.reads : JSON.stringify(one.body).length + (one.tools ? TOOL_PROMPT : 0);
          const wrote = Math.min(one.bound ?? Infinity, one.model.writes) * one.choices;
          most.set(mark, {
            input: Math.min(read, one.model.reads),
            output: wrote,
            tier: one.tier,
            media: one.media,
            chance,
          });
        }
        const replies = await Promise.all(asked.map(one => ask(issued.api_token, one)));
        for (const [index, { status, text }] of replies.entries()) {
          if (status !== 200 && status !== 429) throw new Error(`${status} ${text} ${asked[index]?.path}`);
          statuses.push(status);
        }
      }

      const served = statuses.filter(status => status === 200).length;
      const [sum] = await eventually(async () => {
        const rows = await gateway.sql<{ count: string; usd: string; tokens: string }>(
          `SELECT count(*), coalesce(sum(cost_nano_usd), 0) / 1e9 AS usd, coalesce(sum(input_tokens + cache_read_tokens
             + cache_write_tokens + cache_write_1h_tokens + input_audio_tokens + output_tokens + output_audio_tokens), 0) AS tokens
           FROM usage_records WHERE credential_id = $1 AND status <> 'refused'`,
          [issued.token_id],
        );
        return rows[0]?.count === String(served) && rows;
      }, 'the ledger has all');
      expect([seed, 'spend', Number(sum?.usd) <= usd, 'tokens', Number(sum?.tokens) <= tokens]).toEqual([
        ...[seed, 'spend', true, 'tokens', true],
      ]);
      expect([served > 0, served < statuses.length]).toEqual([true, true]);
    },
    60_000,
  );

  it('was tried by requests that ran side by side', () => {
    expect(atOnce).toBeGreaterThan(1);
  });
});

const PICTURE = `${Buffer.from([0x89, 0x50, 0x4e, 0x47]).toString('base64')}AAAA`;
const SOUND = Buffer.from('RIFF....WAVEfmt ').toString('base64');
const PAGES = Buffer.from('%PDF-1.7 x').toString('base64');
const SCHEMA = { type: 'object', properties: { city: { type: 'string' } } };

function requestOf(chance: Chance, mark: string): Asked {
  const bound = chance.maybe(0.6) ? chance.pick([1, 500, 9_000, 60_000]) : null;
  const media = chance.maybe(0.35);
  const tools = chance.maybe(0.4);
  const text = mark + 'what to say of it, in so many words? '.repeat(chance.int(0, 400));
  return chance.pick([chatOf, chatOf, messagesOf, geminiOf, responsesOf])({ chance, bound, media, tools, text });
}

interface Wanted {
  readonly chance: Chance;
  readonly bound: number | null;
  readonly media: boolean;
  readonly tools: boolean;
  readonly text: string;
}

function chatOf({ chance, bound, media, tools, text }: Wanted): Asked {
  const model = chance.pick([GPT, SMALL_GPT, GEMINI]);
  const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${PICTURE}` } };
  const sound = { type: 'input_audio', input_audio: { data: SOUND, format: 'wav' } };
  const choices = model === GEMINI || chance.maybe() ? 1 : chance.int(2, 4);
  const tier = model === GPT && chance.maybe(0.3) ? 'priority' : undefined;
  const tool = { type: 'function', function: { name: 'weather', parameters: SCHEMA } };
  const body = {
    model: model.id,
    messages: [
      {
        role: 'user',
        content: [{ type: 'text', text }, ...(media ? [model === GEMINI ? chance.pick([sound, image]) : image] : [])],
      },
    ],
    ...(bound !== null && { max_completion_tokens: bound }),
    ...(choices > 1 && { n: choices }),
    ...(tools && { tools: [tool] }),
    ...(chance.maybe(0.3) && { reasoning_effort: 'high' }),
    ...(tier !== undefined && { service_tier: tier }),
  };
  return { path: '/v1/chat/completions', model, body, bound, choices, media, tools, tier };
}

function messagesOf({ chance, bound: wanted, media, tools, text }: Wanted): Asked {
  const bound = Math.min(wanted ?? 4_000, CLAUDE.writes);
  const source = (media_type: string, data: string) => ({ type: 'base64', media_type, data });
  const shown = chance.pick([
    { type: 'image', source: source('image/png', PICTURE) },
    { type: 'document', source: source('application/pdf', PAGES) },
  ]);
  const body = {
    model: CLAUDE.id,
    max_tokens: bound,
    messages: [
      {
        role: 'user',
        content: [{ type: 'text', text, cache_control: { type: 'ephemeral', ttl: '1h' } }, ...(media ? [shown] : [])],
      },
    ],
    ...(tools && { tools: [{ name: 'weather', input_schema: SCHEMA }] }),
    ...(bound > 2_000 && chance.maybe() && { thinking: { type: 'enabled', budget_tokens: 1_024 } }),
  };
  return { path: '/anthropic/v1/messages', model: CLAUDE, body, bound, choices: 1, media, tools, tier: undefined };
}

function geminiOf({ chance, bound, media, tools, text }: Wanted): Asked {
  const model = chance.pick([GEMINI, TIERED_GEMINI]);
  const shown = chance.pick([
    { inlineData: { mimeType: 'audio/wav', data: SOUND } },
    { inlineData: { mimeType: 'image/png', data: PICTURE } },
    { inline_data: { mime_type: 'application/pdf', data: PAGES } },
  ]);
  const choices = chance.maybe(0.3) ? chance.int(2, 4) : 1;
  const body = {
    contents: [{ role: 'user', parts: [{ text }, ...(media ? [shown] : [])] }],
    generationConfig: {
      ...(bound !== null && { maxOutputTokens: bound }),
      ...(choices > 1 && { candidateCount: choices }),
    },
    ...(tools && { tools: [{ functionDeclarations: [{ name: 'weather', parameters: SCHEMA }] }] }),
  };
  const path = `/gemini/v1beta/models/${model.id}:generateContent`;
  return { path, model, body, bound, choices, media, tools, tier: undefined };
}

function responsesOf({ chance, bound, media, tools, text }: Wanted): Asked {
  const image = { type: 'input_image', image_url: `data:image/png;base64,${PICTURE}` };
  const body = {
    model: SMALL_GPT.id,
    input: [{ role: 'user', content: [{ type: 'input_text', text }, ...(media ? [image] : [])] }],
    ...(bound !== null && { max_output_tokens: Math.max(16, bound) }),
    ...(tools && { tools: [{ type: 'function', name: 'weather', parameters: SCHEMA }] }),
    ...(chance.maybe(0.3) && { reasoning: { effort: 'high' } }),
  };
  const least = bound === null ? null : Math.max(16, bound);
  return {
    path: '/openai/v1/responses',
    model: SMALL_GPT,
    body,
    bound: least,
    choices: 1,
    media,
    tools,
    tier: undefined,
  };
}

interface Used {
  readonly input: number;
  readonly output: number;
  readonly tier: string | undefined;
  /** of the input, what is of another class: spoken, or written to a cache for an hour */
  readonly part: number;
}

/** A whole answer in the dialect that the provider was asked in. */
function answerOf(path: string, { input, output, tier, part }: Used): object {
  const total = input + output;
  if (path.endsWith('/messages')) {
    const cache_creation = { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: part };
    const usage = {
      input_tokens: input - part,
      cache_creation_input_tokens: part,
      cache_creation,
      output_tokens: output,
    };
    const content = [{ type: 'text', text: 'said' }];
    return {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content,
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage,
    };
  }
  if (path.includes(':generateContent')) {
    const content = { role: 'model', parts: [{ text: 'said' }] };
    const thoughts = Math.floor(output / 3);
    const usageMetadata = {
      ...{
        promptTokenCount: input,
        candidatesTokenCount: output - thoughts,
        thoughtsTokenCount: thoughts,
        totalTokenCount: total,
      },
      promptTokensDetails: [
        { modality: 'AUDIO', tokenCount: part },
        { modality: 'TEXT', tokenCount: input - part },
      ],
    };
    return { candidates: [{ index: 0, content, finishReason: 'STOP' }], usageMetadata, modelVersion: 'm' };
  }
  const reasoning = { reasoning_tokens: Math.floor(output / 2) };
  if (path.endsWith('/responses')) {
    const content = [{ type: 'output_text', text: 'said', annotations: [] }];
    const usage = { input_tokens: input, output_tokens: output, total_tokens: total, output_tokens_details: reasoning };
    const item = { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content };
    return { id: 'resp_1', object: 'response', created_at: 1, status: 'completed', model: 'm', output: [item], usage };
  }
  const usage = {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: total,
    completion_tokens_details: reasoning,
  };
  const choices = [{ index: 0, message: { role: 'assistant', content: 'said' }, finish_reason: 'stop' }];
  return {
    id: 'x',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices,
    usage,
    ...(tier && { service_tier: tier }),
  };
}
