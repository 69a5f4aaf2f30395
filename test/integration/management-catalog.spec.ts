import { addModel, startControlPlane, type TestControlPlane } from '../support/management.js';

interface Model {
  id: string;
  enabled: boolean;
  source: string;
  changed_fields: string[];
}
interface Failure {
  error: { message: string; code: string; param: string | null };
}

describe('the catalog under /admin', () => {
  let plane: TestControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
    await addModel(plane, 'gpt-5', 'gpt-5-2025-08-07');
    await addModel(plane, 'llama');
  });
  afterAll(() => plane.stop());

  describe('GET /admin/models', () => {
    it('200 lists and filters them', async () => {
      const ids = async (query: string) => {
        const { status, body } = await plane.owner.call<{ models: Model[] }>('GET', `/admin/models?${query}`);
        return [status, body.models.map(model => model.id)];
      };
      expect(
        await ids('provider=openai&type=chat&dialect=chat_completions&status=active&enabled=true&source=seed'),
      ).toEqual([200, expect.arrayContaining(['gpt-5', 'llama'])]);
      expect(await ids('search=LLA')).toEqual([200, ['llama']]);
      expect(await ids('dialect=embeddings')).toEqual([200, []]);
      expect(await ids('enabled=false')).toEqual([200, []]);
    });

    it('200 shows one with every column', async () => {
      const { status, body } = await plane.owner.call('GET', '/admin/models/gpt-5');
      expect(status).toBe(200);
      expect(body).toMatchObject({
        id: 'gpt-5',
        provider_model_id: 'gpt-5-2025-08-07',
        pricing: { input: 1, output: 2 },
      });
    });

    it('400 names a filter that is none, 404 for an unknown model', async () => {
      const { status, body } = await plane.owner.call<Failure>('GET', '/admin/models?enabled=maybe');
      expect([status, body.error.message, body.error.param]).toEqual([400, 'enabled must be true or false', 'enabled']);
      expect((await plane.owner.call('GET', '/admin/models/none')).status).toBe(404);
    });
  });

  describe('PATCH /admin/models', () => {
    it('200 changes what is given, remembers which columns those were, and says so to every replica', async () => {
      await addModel(plane, 'patched');
      const first = await plane.owner.call<Model>('PATCH', '/admin/models/patched', { enabled: false, family: null });
      expect(first.status).toBe(200);
      expect(first.body).toMatchObject({ enabled: false, changed_fields: ['enabled', 'family'], source: 'seed' });
      expect(plane.changes.at(-1)).toEqual({ topic: 'catalog', key: 'model:patched' });
      const everything = {
        ...{ name: 'Patched', provider: 'acme', owned_by: 'acme', family: 'p', status: 'deprecated', enabled: true },
        ...{ dialects: ['chat_completions', 'openai_responses'], provider_model_id: 'p-1' },
        ...{ context_length: 1000, max_input_tokens: 900, max_output_tokens: null },
        pricing: { input: 0.072, output: 3, cache_read: null, tiers: [{ above_input_tokens: 200_000, input: 6 }] },
        modalities: { input: ['text', 'image'], output: ['text'] },
        capabilities: { reasoning: true, nested: { list: [1, 'two'] } },
        ...{ open_weights: true, release_date: '2026-09', knowledge_cutoff: '2026' },
        ...{ tokenizer_label: 'GPT', notes: ['one'] },
        ...{ parameter_policy: 'adapt', aliases: ['acme/patched', 'patched-1.0'] },
      };
      const second = await plane.owner.call<Model>('PATCH', '/admin/models/patched', everything);
      expect(second.body).toMatchObject(everything);
      expect(second.body.changed_fields).toEqual(Object.keys(everything).toSorted());
      expect((await plane.owner.call('GET', '/admin/models/patched')).body).toEqual(second.body);
    });

    it('loses no administrator’s column when many change one model at once', async () => {
      await addModel(plane, 'busy');
      const changes = [
        { enabled: false },
        { family: 'f' },
        { status: 'retired' },
        { notes: ['n'] },
        { context_length: 5 },
      ];
      await Promise.all(changes.map(change => plane.owner.call('PATCH', '/admin/models/busy', change)));
      const { body } = await plane.owner.call<Model>('GET', '/admin/models/busy');
      expect(body.changed_fields).toEqual(['context_length', 'enabled', 'family', 'notes', 'status']);
    });

    it.each([
      [{ id: 'other' }, 'id is not a field of this request: remove it'],
      [{ source: 'seed' }, 'source is not a field of this request: remove it'],
      [{ changedFields: [] }, 'changedFields is not a field of this request: remove it'],
      [{}, 'the body names no field to change'],
      [{ enabled: 'no' }, 'enabled must be true or false'],
      [{ enabled: null }, 'enabled must be true or false'],
      [{ dialects: [] }, 'dialects must have at least 1 items'],
      [{ dialects: ['soap'] }, 'dialects may hold only chat_completions'],
      [{ parameter_policy: 'guess' }, 'parameter_policy must be reject, adapt or pass'],
      [{ aliases: ['no spaces'] }, 'aliases may hold only letters'],
      [{ context_length: 1.5 }, 'context_length must be a whole number'],
      [{ context_length: 2 ** 31 }, 'context_length must be a whole number'],
      [{ pricing: { input: -1 } }, 'pricing.input must be US dollars per million tokens'],
      [{ pricing: { input: '1' } }, 'pricing.input must be US dollars per million tokens'],
      [{ pricing: { input: 0.0000001 } }, 'pricing.input must be US dollars per million tokens'],
      [{ pricing: { inputs: 1 } }, 'pricing.inputs is not a field'],
      [{ pricing: { output: 0.4 } }, 'pricing.input must be given: 0 where it is free'],
      [{ pricing: { input: 0.4 } }, 'pricing.output must be given: 0 where it is free'],
      [{ pricing: { fees: { web_search: 10 } } }, 'pricing.input must be given'],
      [{ pricing: { input: 1, output: 1, tiers: [{ above_input_tokens: 0 }] } }, 'must be a whole number from 1'],
      [{ pricing: { input: 1, output: 1, tiers: [{ above_input_tokens: -5 }] } }, 'must be a whole number from 1'],
      [
        { pricing: { input: 1, output: 1, tiers: [{ above_input_tokens: 5 }, { above_input_tokens: 5 }] } },
        'pricing.tiers.1.above_input_tokens must be larger',
      ],
      [{ pricing: { input: 1, output: 1, fees: { web_search: -1 } } }, 'must be US dollars per thousand'],
      [
        { pricing: { input: 1, output: 1, modifiers: [{ field: 'service_tier', value: 'priority' }] } },
        'pricing.modifiers.0.multiplier must be a number from 0',
      ],
      [
        { pricing: { input: 1, output: 1, modifiers: [{ field: 'speed', value: 'standard', multiplier: 1 }] } },
        'pricing.modifiers.0.value is the default',
      ],
      [{ pricing: [{ input: 1 }] }, 'pricing must be an object'],
      [{ pricing: { tiers: [{ input: 1 }] } }, 'pricing.tiers.0.above_input_tokens must be a whole number'],
      [{ pricing: { tiers: [[{ input: 1 }]] } }, 'pricing.tiers.0'],
      [{ modalities: { input: ['smell'], output: ['text'] } }, 'modalities.input may hold only text'],
      [{ modalities: { input: ['text'] } }, 'modalities.output must be a list'],
      [{ capabilities: 'all' }, 'capabilities must be an object'],
      [{ capabilities: { note: 'a\u0000b' } }, 'capabilities must be JSON'],
      [{ capabilities: { note: '\ud800' } }, 'capabilities must be JSON'],
      [{ notes: ['\u0000'] }, 'notes must hold strings'],
      [{ release_date: 'soon' }, 'release_date must be a day'],
    ])('400 names the field and what is wanted: %j', async (change, sentence) => {
      const { status, body } = await plane.owner.call<Failure>('PATCH', '/admin/models/gpt-5', change);
      expect([status, body.error.message]).toEqual([400, expect.stringContaining(sentence)]);
    });

    it('404 for an unknown model, 403 for an editor', async () => {
      expect((await plane.owner.call('PATCH', '/admin/models/none', { enabled: true })).status).toBe(404);
      expect((await plane.editor.call('PATCH', '/admin/models/gpt-5', { enabled: false })).status).toBe(403);
    });
  });

  describe('POST /admin/models', () => {
    const MODEL = { id: 'acme-1', name: 'Acme 1', type: 'chat', provider: 'acme', dialects: ['chat_completions'] };

    it('201 adds one as the administrator’s own, with defaults for what is left out', async () => {
      const { status, body } = await plane.owner.call<Model>('POST', '/admin/models', MODEL);
      expect(status).toBe(201);
      expect(body).toMatchObject({
        ...MODEL,
        owned_by: 'acme',
        status: 'active',
        enabled: true,
        pricing: {},
        source: 'admin',
      });
      expect(plane.changes.at(-1)).toEqual({ topic: 'catalog', key: 'model:acme-1' });
    });

    it.each([
      [{ ...MODEL, id: 'databricks-x' }, 'id must be 1 to 100 lower-case letters'],
      [{ ...MODEL, id: 'a/b' }, 'id must be 1 to 100 lower-case letters'],
      [{ ...MODEL, type: 'image' }, 'type must be chat or embedding'],
      [{ ...MODEL, source: 'seed' }, 'source is not a field'],
      [{ id: 'x' }, 'name must be a string'],
    ])('400 names the field and what is wanted: %j', async (model, sentence) => {
      const { status, body } = await plane.owner.call<Failure>('POST', '/admin/models', model);
      expect([status, body.error.message]).toEqual([400, expect.stringContaining(sentence)]);
    });

    it('409 for an id that is taken, 403 for a viewer', async () => {
      expect((await plane.owner.call('POST', '/admin/models', { ...MODEL, id: 'gpt-5' })).status).toBe(409);
      expect((await plane.viewer.call('POST', '/admin/models', { ...MODEL, id: 'new' })).status).toBe(403);
    });
  });
});
