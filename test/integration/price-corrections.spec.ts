import { UsageRepository } from '../../src/metering/usage.repository.js';
import type { UsageRecord } from '../../src/metering/usage-record.js';
import { addModel, startControlPlane, type TestControlPlane } from '../support/management.js';
import { usageRecord } from '../support/usage.js';

interface Correction {
  id: string;
  to: string;
  adjusted_requests: number;
  delta_nano_usd: string;
  delta_usd: string;
}
interface Failure {
  error: { message: string; code: string; param: string | null };
}
interface Report {
  usage: { cost_nano_usd: string; adjustments_nano_usd: string; requests: number }[];
}

const HOUR_MS = 3_600_000;
/** The begin of an hour of the day before yesterday. */
const START = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 48 * HOUR_MS;
const at = (hours: number) => new Date(START + hours * HOUR_MS).toISOString();

describe('prices under /admin', () => {
  let plane: TestControlPlane;
  let model: string;
  let serial = 0;
  beforeAll(async () => {
    plane = await startControlPlane({}, '-c timezone=America/Los_Angeles');
  });
  beforeEach(async () => {
    model = `model-${(serial += 1)}`;
    await addModel(plane, model);
  });
  afterAll(() => plane.stop());

  const correct = (body: object, id = model, operator = plane.owner) =>
    operator.call<Correction & Failure>('POST', `/admin/models/${id}/price-corrections`, {
      note: 'late list',
      ...body,
    });

  /** Requests of 1,000 input and 100 output tokens that cost 1 and 2 dollars a million: 1,200,000 nano-dollars each. */
  async function use(count: number, fields: (index: number) => Partial<UsageRecord> = () => ({})): Promise<void> {
    const tokens = { input: 1_000, cacheRead: 0, cacheWrite: 0, output: 100, reasoning: 0 };
    const records = Array.from({ length: count }, (_, index) =>
      usageRecord(`${model}-req-${index}`, {
        ...{ modelId: model, tokens, costNanoUsd: 1_200_000n, occurredAt: START },
        organizationId: plane.owner.organizationId,
        ...fields(index),
      }),
    );
    await plane.app.get(UsageRepository, { strict: false }).insert(records);
  }

  async function cost(query = '', operator = plane.owner) {
    const path = `/admin/usage?from=${at(0)}&model=${model}${query}`;
    const [sum] = (await operator.call<Report>('GET', path)).body.usage;
    return [sum?.cost_nano_usd, sum?.adjustments_nano_usd];
  }

  describe('a price', () => {
    const versions = () =>
      plane.sql('SELECT version, pricing, note <> $2 AS noted FROM model_prices WHERE model_id = $1 ORDER BY version', [
        ...[model, ''],
      ]);

    it('that changes becomes the next version; the same price and other columns do not', async () => {
      const patch = (body: object) =>
        plane.owner.call<{ price_version: number }>('PATCH', `/admin/models/${model}`, body);
      const [one, two] = [
        { input: 3, output: 15 },
        { input: 4, output: 0, tiers: [{ above_input_tokens: 9, input: 5 }] },
      ];
      const seen = [
        await patch({ pricing: one }),
        await patch({ pricing: one, enabled: false }),
        await patch({ family: 'f' }),
        await patch({ pricing: two }),
      ].map(({ body }) => body.price_version);

      expect(seen).toEqual([1, 1, 1, 2]);
      expect(await versions()).toEqual([
        { version: 1, pricing: one, noted: true },
        { version: 2, pricing: two, noted: true },
      ]);
    });

    it('of a model that is added is its first version', async () => {
      model = `${model}-added`;
      const { body } = await plane.owner.call<{ price_version: number }>('POST', '/admin/models', {
        ...{ id: model, name: 'Added', type: 'chat', provider: 'acme', dialects: ['chat_completions'] },
        pricing: { input: 1, output: 2, cache_write_1h: 2, output_audio: 3 },
      });

      expect(body.price_version).toBe(1);
      expect(await versions()).toEqual([
        { version: 1, pricing: { input: 1, output: 2, cache_write_1h: 2, output_audio: 3 }, noted: true },
      ]);
    });

    it('gets one version a change when administrators change it at once', async () => {
      await Promise.all(
        [5, 6, 7, 8].map(input =>
          plane.owner.call('PATCH', `/admin/models/${model}`, { pricing: { input, output: 0 } }),
        ),
      );

      expect((await versions()).map(row => row['version'])).toEqual([1, 2, 3, 4]);
    });
  });

  describe('GET /admin/models/{id}/prices', () => {
    interface Price {
      version: number;
      pricing: object;
      valid_from: string;
      note: string;
      current: boolean;
    }
    const list = (id = model, operator = plane.viewer) =>
      operator.call<{ prices: Price[] } & Failure>('GET', `/admin/models/${id}/prices`);

    it('200 lists every price with its begin, and says which holds', async () => {
      expect((await list()).body).toEqual({ prices: [] });
      for (const input of [3, 4])
        await plane.owner.call('PATCH', `/admin/models/${model}`, { pricing: { input, output: 0 } });
      await plane.owner.call('PATCH', `/admin/models/${model}`, { pricing: { input: 4, output: 0 }, enabled: false });
      const { status, body } = await list();
      const told = { valid_from: expect.any(String), note: 'changed by an administrator' };
      expect([status, body]).toEqual([
        200,
        {
          prices: [
            { version: 2, pricing: { input: 4, output: 0 }, ...told, current: true },
            { version: 1, pricing: { input: 3, output: 0 }, ...told, current: false },
          ],
        },
      ]);
      const [now, before] = body.prices.map(price => Date.parse(price.valid_from));
      expect(now).toBeGreaterThanOrEqual(before ?? Number.NaN);
    });

    it('404 for an unknown model', async () => {
      expect((await list('none')).status).toBe(404);
    });
  });

  describe('GET /admin/models/{id}/price-corrections', () => {
    const list = (id = model, operator = plane.owner) =>
      operator.call<{ price_corrections: Correction[] }>('GET', `/admin/models/${id}/price-corrections`);

    it('200 lists what was corrected, newest first, as it was answered then', async () => {
      await use(2);
      const first = await correct({ pricing: { input: 3, output: 0 }, from: at(0) });
      const second = await correct({ pricing: { input: 3, output: 0 }, from: at(0), to: at(1) });
      const { status, body } = await list();
      expect([status, body]).toEqual([200, { price_corrections: [second.body, first.body] }]);
      expect(first.body).toMatchObject({ adjusted_requests: 2, delta_nano_usd: '3600000' });
    });

    it('200 tells another organization what was done to it, and not to others', async () => {
      await use(1);
      const { body } = await correct({ pricing: { input: 3, output: 0 }, from: at(0) });
      const { adjusted_requests: _, ...told } = body;
      expect((await list(model, plane.stranger)).body.price_corrections).toEqual([
        { ...told, adjusted_requests: 0, delta_nano_usd: '0', delta_usd: '0' },
      ]);
    });

    it('404 for an unknown model, and nothing for one that was never corrected', async () => {
      expect((await list('none')).status).toBe(404);
      expect((await list()).body).toEqual({ price_corrections: [] });
    });
  });

  describe('POST /admin/models/{id}/price-corrections', () => {
    it('201 adds the exact difference of each request beside its record, and never rewrites that', async () => {
      await use(3, index => ({ occurredAt: START + index * HOUR_MS + 1 }));
      const { status, body } = await correct({ pricing: { input: 0.0005, output: 0.0101 }, from: at(0), to: at(2) });

      // 1,000 × 500 + 100 × 10,100 pico-dollars = 1,510 nano-dollars instead of 1,200,000, twice.
      expect(status).toBe(201);
      expect(body).toMatchObject({ adjusted_requests: 2, delta_nano_usd: '-2396980', delta_usd: '-0.00239698' });
      expect(await cost()).toEqual(['1203020', '-2396980']);
      expect(await plane.sql('SELECT DISTINCT cost_nano_usd FROM usage_records WHERE model_id = $1', [model])).toEqual([
        { cost_nano_usd: '1200000' },
      ]);
    });

    it('201 shows in every report: by the hour, between hours, and by any group', async () => {
      await use(2, index => ({ occurredAt: START + index * HOUR_MS, branchId: `br-${index}` }));
      await correct({ pricing: { input: 2, output: 2 }, from: at(0), to: at(1) });

      expect(await cost(`&to=${at(1)}`)).toEqual(['2200000', '1000000']);
      expect(await cost(`&to=${new Date(START + 1).toISOString()}`)).toEqual(['2200000', '1000000']);
      expect(await cost(`&to=${at(2)}&branch=br-1`)).toEqual(['1200000', '0']);
      expect(await cost(`&to=${new Date(START + HOUR_MS + 1).toISOString()}&branch=br-1`)).toEqual(['1200000', '0']);
    });

    it('201 again for the same id, and adds nothing, even at the same time', async () => {
      await use(2);
      const body = { id: `${model}-late`, pricing: { input: 3, output: 0 }, from: at(0) };
      const answers = await Promise.all([1, 2, 3, 4].map(() => correct(body)));
      const later = await correct(body);

      // 1,000 × 3 dollars a million and no output price: 1,800,000 more, twice.
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
      for (const answer of answers) expect(answer.body).toEqual(later.body);
      expect(later.body).toMatchObject({ id: `${model}-late`, adjusted_requests: 2, delta_nano_usd: '3600000' });
      expect(await cost()).toEqual(['6000000', '3600000']);
    });

    it('201 starts from what the corrections before it made of the cost', async () => {
      await use(2);
      await correct({ pricing: { input: 3, output: 0 }, from: at(0) });
      const second = await correct({ pricing: { input: 1, output: 2 }, from: at(0) });
      const third = await correct({ pricing: { input: 1, output: 2 }, from: at(0) });

      expect(second.body).toMatchObject({ adjusted_requests: 2, delta_nano_usd: '-3600000' });
      expect(third.body).toMatchObject({ adjusted_requests: 0, delta_nano_usd: '0' });
      expect(await cost()).toEqual(['2400000', '0']);
    });

    it('201 prices every class and tier as a request is priced', async () => {
      const tokens = {
        ...{ input: 1, cacheRead: 10, cacheWrite: 100, cacheWrite1h: 1_000, inputAudio: 10_000 },
        ...{ output: 5, reasoning: 3, outputAudio: 7 },
      };
      await use(1, () => ({ tokens, costNanoUsd: 0n }));
      const classes = {
        output: 20,
        cache_read: 3,
        cache_write: 4,
        cache_write_1h: 5,
        input_audio: 6,
        output_audio: 70,
      };
      const { body } = await correct({
        pricing: { input: 1, output: 0, tiers: [{ above_input_tokens: 11_110, input: 2, ...classes }] },
        from: at(0),
      });

      // 2 + 30 + 400 + 5,000 + 60,000 + 100 + 490 = 66,022 thousand.
      expect(body.delta_nano_usd).toBe('66022000');
    });

    it('201 goes through more requests than fit into memory at once, over days', async () => {
      await use(12_345, index => ({ occurredAt: START + (index % 40) * HOUR_MS }));
      const { body } = await correct({ pricing: { input: 2, output: 2 }, from: at(0) });

      expect(body).toMatchObject({ adjusted_requests: 12_345, delta_nano_usd: '12345000000' });
      expect(await cost()).toEqual(['27159000000', '12345000000']);
    });

    it('201 counts in its answer one’s own organization only, and corrects every one’s', async () => {
      await use(3, index => (index === 0 ? {} : { organizationId: plane.stranger.organizationId }));
      const { body } = await correct({ pricing: { input: 2, output: 2 }, from: at(0) });

      expect(body).toMatchObject({ adjusted_requests: 1, delta_nano_usd: '1000000' });
      expect(await cost('', plane.stranger)).toEqual(['4400000', '2000000']);
    });

    it.each([
      [{ pricing: {} }, 'pricing.input must be given'],
      [{ pricing: { input: null } }, 'pricing.input must be given'],
      [{ pricing: { input: -1 } }, 'pricing.input must be US dollars per million tokens'],
      [{}, 'pricing must be an object'],
      [{ pricing: { input: 1, output: 0 }, from: 'soon' }, 'from must be a day'],
      [{ pricing: { input: 1, output: 0 }, from: '2001-01-01' }, 'older requests are not kept'],
      [{ pricing: { input: 1, output: 0 }, to: at(-1) }, 'to must be later than from'],
      [{ pricing: { input: 1, output: 0 }, to: '2999-01-01' }, 'to must not lie ahead'],
      [{ pricing: { input: 1, output: 0 }, note: '' }, 'note must be a string of 1 to 500'],
      [{ pricing: { input: 1, output: 0 }, id: 'a b' }, 'id must be 1 to 100 letters'],
      [{ pricing: { input: 1, output: 0 }, until: at(1) }, 'until is not a field of this request'],
    ])('400 names the field and what is wanted: %j', async (body, sentence) => {
      const answer = await correct({ from: at(0), ...body });
      expect([answer.status, answer.body.error.message]).toEqual([400, expect.stringContaining(sentence)]);
    });

    it('404 for an unknown model, 403 for an editor', async () => {
      const body = { pricing: { input: 1, output: 0 }, from: at(0) };
      expect((await correct(body, 'none')).status).toBe(404);
      expect((await correct(body, model, plane.editor)).status).toBe(403);
    });

    it('409 for an id that another correction has, of this model or of another', async () => {
      const body = { id: `${model}-taken`, pricing: { input: 1, output: 0 }, from: at(0) };
      await correct(body);
      await addModel(plane, `${model}-other`);

      for (const other of [
        await correct({ ...body, pricing: { input: 2, output: 0 } }),
        await correct(body, `${model}-other`),
      ]) {
        expect([other.status, other.body.error.param]).toEqual([409, 'id']);
      }
    });
  });
});
