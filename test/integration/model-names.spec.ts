/** One model has several names: what holds for it holds under each of them, and the list is what may be called. */
import { DIALECT_CALLS } from '../support/dialect-calls.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const MODEL = 'gpt-5-nano';
const ALIAS = 'house/small-1.0';
const NAMES = [MODEL, `databricks-${MODEL}`, ALIAS];
const MESSAGES = [{ role: 'user', content: 'Reply with exactly: ok' }];

interface Card {
  readonly id: string;
  readonly enabled: boolean;
  readonly supported_endpoints: readonly string[];
}

describe('the names of a model', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({
      ...{ BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0', BOUGH_MODEL_TOKENS_PER_MINUTE: '0' },
      ...{ BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0', BOUGH_OPENAI_MODEL_LIST: 'true' },
    });
    await change({ aliases: [ALIAS] });
  });
  afterAll(() => gateway.stop());

  const change = async (fields: object, model = MODEL) =>
    expect((await gateway.manage('PATCH', `/admin/models/${model}`, fields)).status).toBe(200);
  const ask = async (model: string) => {
    const response = await gateway.chat({ model, messages: MESSAGES });
    const body = (await response.json()) as { model?: string; error?: { code: string } };
    return { status: response.status, resolved: response.headers.get('x-bough-model'), body };
  };
  const get = async <Body>(path: string) => {
    const response = await fetch(gateway.baseUrl + path, { headers: { authorization: `Bearer ${gateway.token}` } });
    return (await response.json()) as Body;
  };

  it('all lead to it, and the answer says in a header which model it was', async () => {
    for (const name of NAMES) expect([name, await ask(name)]).toMatchObject([name, { status: 200, resolved: MODEL }]);
    for (const name of [
      `databricks-databricks-${MODEL}`,
      `Databricks-${MODEL}`,
      ` ${MODEL}`,
      `databricks-${ALIAS}x`,
      `${MODEL}/`,
    ]) {
      expect([name, await ask(name)]).toMatchObject([
        name,
        { status: 400, body: { error: { code: 'invalid_model' } } },
      ]);
    }
  });

  it('are what a translated answer names the model by: the one that was asked for', async () => {
    await change({ dialects: ['chat_completions', 'anthropic_messages'] });
    for (const name of NAMES) {
      const body = { model: name, max_tokens: 20, messages: MESSAGES };
      const response = await gateway.chat(body, {}, '/anthropic/v1/messages');
      const { model } = (await response.json()) as { model: string };
      expect([response.status, model]).toEqual([200, name]);
      expect(response.headers.get('x-bough-model')).toBe(MODEL);
    }
  });

  it('are shut with it: by none of them is a model called that is not enabled', async () => {
    await change({ enabled: false });
    for (const name of NAMES) {
      expect([name, await ask(name)]).toMatchObject([
        name,
        { status: 403, body: { error: { code: 'model_not_enabled' } } },
      ]);
    }
    await change({ enabled: true });
    expect((await ask(ALIAS)).status).toBe(200);
  });

  it('share its limits: what holds for it holds under each', async () => {
    const limit = {
      scope_type: 'project',
      scope_id: gateway.projectId,
      model: MODEL,
      kind: 'requests_per_minute',
      value: 0,
    };
    const { body } = await gateway.manage<{ id: string }>('PUT', '/admin/limits', limit);
    for (const name of NAMES) expect([name, (await ask(name)).status]).toEqual([name, 429]);
    expect((await ask('gpt-5-4')).status).toBe(200);
    await gateway.manage('DELETE', `/admin/limits/${body.id}`);
    expect((await ask(ALIAS)).status).toBe(200);
  });

  it('that are listed are exactly those that may be called, on the endpoints that are named beside them', async () => {
    await change({ enabled: false }, 'gpt-5-mini');
    const { data } = await get<{ data: Card[] }>('/v1/models');
    expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining([MODEL, ALIAS]));
    expect(data.filter(({ enabled }) => !enabled).map(({ id }) => id)).toEqual(['gpt-5-mini']);
    const served: Record<string, string[]> = {};
    for (const { id, enabled, supported_endpoints: endpoints } of data) {
      for (const { dialect, path, body } of DIALECT_CALLS) {
        const named = endpoints.includes(path.replace('%', '{model}'));
        const wanted = named ? (enabled ? 200 : 403) : 400;
        const response = await gateway.chat(body(id), {}, path.replace('%', encodeURIComponent(id)));
        await response.arrayBuffer();
        expect([id, dialect, response.status]).toEqual([id, dialect, wanted]);
        if (wanted === 200) (served[dialect] ??= []).push(id);
      }
    }
    // The vendors' own lists know models by their ids alone.
    const ids = (dialect: string) => served[dialect]?.filter(id => id !== ALIAS).toSorted();
    const anthropic = await get<{ data: Card[] }>('/anthropic/v1/models');
    const openai = await get<{ data: Card[] }>('/openai/v1/models');
    const gemini = await get<{ models: { name: string }[] }>('/gemini/v1beta/models');
    expect(anthropic.data.map(({ id }) => id).toSorted()).toEqual(ids('anthropic_messages'));
    expect(openai.data.map(({ id }) => id).toSorted()).toEqual(ids('openai_responses'));
    expect(gemini.models.map(({ name }) => name.replace('models/', '')).toSorted()).toEqual(
      [...(ids('gemini_generate_content') ?? []), ...(ids('embeddings') ?? [])].toSorted(),
    );
  });
});
