/** At every base URL that an SDK is given, the SDK's own calls find the models, and find out what may be called. */
import Anthropic from 'anthropic-sdk';
import { GoogleGenAI } from 'genai3';
import OpenAI from 'openai7';
import { DIALECT_CALLS } from '../support/dialect-calls.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const CLAUDE = 'claude-haiku-4-5';
const GPT = 'gpt-5-mini';
const GEMINI = 'gemini-3-5-flash';
const SHUT = { anthropic: 'claude-opus-4-5', openai: 'gpt-5-nano', gemini: 'gemini-3-flash' };

interface Listing {
  ids(): Promise<string[]>;
  one(id: string): Promise<string | undefined>;
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

function openai(baseURL: string, apiKey: string): Listing {
  const { models } = new OpenAI({ apiKey, baseURL, maxRetries: 0 });
  return {
    ids: async () => (await all(models.list())).map(({ id }) => id),
    one: async id => (await models.retrieve(id)).id,
  };
}

function anthropic(baseURL: string, authToken: string): Listing {
  const { models } = new Anthropic({ authToken, apiKey: null, baseURL, maxRetries: 0 });
  return {
    ids: async () => (await all(models.list())).map(({ id }) => id),
    one: async id => (await models.retrieve(id)).id,
  };
}

function google(baseUrl: string, token: string): Listing {
  const headers = { Authorization: `Bearer ${token}` };
  const { models } = new GoogleGenAI({ apiKey: 'placeholder', httpOptions: { baseUrl, headers } });
  return {
    ids: async () => (await all(await models.list())).map(({ name = '' }) => name.replace('models/', '')),
    one: async model => (await models.get({ model })).name?.replace('models/', ''),
  };
}

const BASES = [
  ['/v1', openai, GPT, 'openai'],
  ['/ai-gateway/mlflow/v1', openai, GPT, 'openai'],
  ['/openai/v1', openai, GPT, 'openai'],
  ['/ai-gateway/openai/v1', openai, GPT, 'openai'],
  ['/anthropic', anthropic, CLAUDE, 'anthropic'],
  ['/ai-gateway/anthropic', anthropic, CLAUDE, 'anthropic'],
  ['/gemini', google, GEMINI, 'gemini'],
  ['/v1/gemini', google, GEMINI, 'gemini'],
  ['/ai-gateway/gemini', google, GEMINI, 'gemini'],
] as const;
/** Where the whole catalog stands, with what is shut marked as such. */
const CATALOGS = ['/v1', '/ai-gateway/mlflow/v1'];

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
  const limit = { scope_type: 'branch', scope_id: gateway.mainBranchId, kind: 'tokens_per_minute', value: 0 };
  for (const model of Object.values(SHUT))
    expect((await gateway.manage('PUT', '/admin/limits', { ...limit, model })).status).toBe(200);
});
afterAll(() => gateway.stop());

describe.each(BASES)('the models below %s', (base, sdk, model, vendor) => {
  let listing: Listing;
  beforeAll(() => (listing = sdk(gateway.baseUrl + base, gateway.token)));

  it('are listed, and each of them is found by its id', async () => {
    const ids = await listing.ids();
    expect(ids).toContain(model);
    expect(ids.length).toBeGreaterThan(7);
    for (const id of ids) expect(await listing.one(id)).toBe(id);
  });

  it('are found by the names that other tools write', async () => {
    const dotted = model.replace(/-(\d)-(\d)/, '-$1.$2');
    expect([dotted, model]).toContain(await listing.one(dotted));
  });

  it('have one less where a limit of 0 shuts it on the branch, or say so', async () => {
    const shut = SHUT[vendor];
    const catalog = CATALOGS.includes(base);
    expect((await listing.ids()).includes(shut)).toBe(catalog);
    if (!catalog) return await expect(listing.one(shut)).rejects.toMatchObject({ status: 404 });
    const headers = { authorization: `Bearer ${gateway.token}` };
    const card = (await (await fetch(`${gateway.baseUrl}${base}/models/${shut}`, { headers })).json()) as object;
    expect(card).toMatchObject({ id: shut, enabled: false });
    const list = (await (await fetch(`${gateway.baseUrl}${base}/models`, { headers })).json()) as {
      data: { id: string; enabled: boolean }[];
    };
    expect(list.data.filter(({ enabled }) => !enabled).map(({ id }) => id)).toEqual(
      expect.arrayContaining(Object.values(SHUT)),
    );
  });

  it('that are none are 404, with those that are like it', async () => {
    await expect(listing.one(`${model}x`)).rejects.toMatchObject({
      status: 404,
      message: expect.stringMatching(new RegExp(`unknown model .*Did you mean .*${model}`)),
    });
  });

  it('are there for HEAD too, without a body', async () => {
    const version = sdk === google ? '/v1beta' : sdk === anthropic ? '/v1' : '';
    const headers = { authorization: `Bearer ${gateway.token}` };
    for (const path of ['models', `models/${model}`]) {
      const response = await fetch(`${gateway.baseUrl}${base}${version}/${path}`, { method: 'HEAD', headers });
      expect([path, response.status, await response.text()]).toEqual([path, 200, '']);
      expect(Number(response.headers.get('content-length'))).toBeGreaterThan(40);
    }
  });
});

describe('a call', () => {
  it.each([
    ['chat_completions', 'gpt-5-9', '"gpt-5-1", "gpt-5-2" or "gpt-5-4"'],
    ['anthropic_messages', 'claude-opus-4-4', '"claude-opus-4-1", "claude-opus-4-6" or "claude-opus-4-7"'],
    ['openai_responses', 'gpt-5-min', '"gpt-5-mini"'],
    ['gemini_generate_content', 'gemini-3-5-flush', '"gemini-3-5-flash"'],
    ['embeddings', 'gte-large-eng', '"gte-large-en"'],
  ])('in %s of an unknown model is told the nearest that it may call: %s', async (dialect, asked, near) => {
    const call = DIALECT_CALLS.find(each => each.dialect === dialect);
    if (call === undefined) throw new Error(dialect);
    const response = await gateway.chat(call.body(asked), {}, call.path.replace('%', asked));
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { message: string } };
    expect(error.message).toContain(`unknown model "${asked}". Did you mean ${near}`);
  });

  it('of an unknown model is not sent to one that is shut', async () => {
    const response = await gateway.chat({ model: 'gpt-5-nan', messages: [] });
    expect(await response.json()).toMatchObject({ error: { message: 'unknown model "gpt-5-nan"' } });
  });

  it('by HEAD is no 404: the path is there, and says how it is called', async () => {
    for (const { path } of DIALECT_CALLS.filter(({ dialect }) => dialect !== 'gemini_generate_content')) {
      const response = await fetch(gateway.baseUrl + path, { method: 'HEAD' });
      expect([path, response.status, response.headers.get('allow')]).toEqual([
        path,
        405,
        expect.stringContaining('POST'),
      ]);
    }
  });
});
