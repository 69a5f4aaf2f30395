import type { ChatDialect, NeutralRequest, Tool } from '../../src/dialects/neutral/neutral.types.js';
import { TARGET_LIMITS, type TargetLimits, withinLimits } from '../../src/dialects/neutral/target-limits.js';
import { RequestFieldError } from '../../src/dialects/request-field-error.js';
import { LossList } from '../../src/dialects/wire/loss-list.js';
import { DIALECTS } from '../support/golden-translations.js';
import { PLAIN } from './features.js';

/** Each limit of each vendor: what is within it goes on as it is, what is beyond it is bounded and named, or refused. */
const fit = (fields: Partial<NeutralRequest>, target: ChatDialect) => {
  const losses = new LossList();
  const request = withinLimits({ ...PLAIN, ...fields }, target, true, losses);
  return { request, lost: losses.losses.map(({ field }) => field) };
};
const tool = (name: string, strict: boolean | null = null, optional = 0): Tool => ({
  type: 'function',
  name,
  description: null,
  parameters: {
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: optional }, (_, at) => [`p${at}`, { type: 'string' }])),
  },
  strict,
});
const many = <Item>(count: number, make: (at: number) => Item): Item[] =>
  Array.from({ length: count }, (_, at) => make(at));
const metadataOf = (count: number) => Object.fromEntries(many(count, at => [`k${at}`, 'v']));

type Bounds = { readonly min: number; readonly max: number } | null;
interface Row {
  /** a request that is just within the limit */
  within(limits: TargetLimits): Partial<NeutralRequest> | null;
  /** one that is beyond it, of those that this target alone bounds; null where what is beyond is refused */
  beyond(limits: TargetLimits): Partial<NeutralRequest> | null;
  readonly field: string;
  readonly refused?: true;
}

const number = (
  name: 'temperature' | 'topP' | 'topK' | 'frequencyPenalty' | 'presencePenalty',
  field: string,
): Row => ({
  within: limits => limits[name] && { [name]: (limits[name] as NonNullable<Bounds>).max },
  beyond: limits => {
    const own: Bounds = limits[name];
    const widest = Math.max(...DIALECTS.map(dialect => TARGET_LIMITS[dialect][name]?.max ?? -Infinity));
    return own !== null && own.max < widest ? { [name]: widest } : null;
  },
  field,
});

const ROWS: Readonly<Record<keyof TargetLimits, Row>> = {
  temperature: number('temperature', 'temperature'),
  topP: number('topP', 'top_p'),
  topK: number('topK', 'top_k'),
  frequencyPenalty: number('frequencyPenalty', 'frequency_penalty'),
  presencePenalty: number('presencePenalty', 'presence_penalty'),
  topLogprobs: {
    within: ({ topLogprobs }) => topLogprobs && { logprobs: { top: topLogprobs.max } },
    beyond: () => null,
    field: 'top_logprobs',
  },
  seed: {
    within: ({ seed }) => seed && { seed: seed.max },
    beyond: ({ seed }) => seed && { seed: seed.max + 1 },
    field: 'seed',
  },
  candidates: {
    within: ({ candidates }) => (candidates === null ? null : { candidates }),
    beyond: ({ candidates }) => (candidates === null ? null : { candidates: candidates + 1 }),
    field: 'n',
    refused: true,
  },
  stop: {
    within: ({ stop }) => (stop === null ? null : { stop: many(stop, at => `s${at}`) }),
    beyond: ({ stop }) => (stop === null ? null : { stop: many(stop + 1, at => `s${at}`) }),
    field: 'stop',
  },
  tools: {
    within: ({ tools }) => (tools === null ? null : { tools: many(tools, at => tool(`t${at}`)) }),
    beyond: ({ tools }) => (tools === null ? null : { tools: many(tools + 1, at => tool(`t${at}`)) }),
    field: 'tools',
    refused: true,
  },
  metadata: {
    within: ({ metadata }) => metadata && { metadata: metadataOf(metadata.entries) },
    beyond: ({ metadata }) => metadata && { metadata: metadataOf(metadata.entries + 1) },
    field: 'metadata',
  },
  outputName: {
    within: ({ outputName }) => outputName && { output: schemaNamed('a'.repeat(64)) },
    beyond: ({ outputName }) => outputName && { output: schemaNamed('a b') },
    field: 'output.name',
  },
  strict: {
    within: ({ strict }) => strict && { tools: many(strict.tools, at => tool(`t${at}`, true)) },
    beyond: ({ strict }) => strict && { tools: many(strict.tools + 1, at => tool(`t${at}`, true)) },
    field: 'tools[20].strict',
  },
};

function schemaNamed(name: string): NeutralRequest['output'] {
  return { type: 'schema', name, description: null, schema: { type: 'object' }, strict: true };
}

const CELLS = Object.entries(ROWS).flatMap(([limit, row]) => DIALECTS.map(target => [limit, target, row] as const));

describe('a limit of a vendor', () => {
  it.each(CELLS)('%s of %s lets through what is within it', (_, target, row) => {
    const fields = row.within(TARGET_LIMITS[target]);
    const { request, lost } = fit(fields ?? {}, target);
    expect([request, lost]).toEqual([{ ...PLAIN, ...fields }, []]);
  });

  it.each(CELLS)('%s of %s bounds and names what is beyond it, or refuses it', (_, target, row) => {
    const fields = row.beyond(TARGET_LIMITS[target]);
    if (fields === null) return;
    if (row.refused === true) {
      expect(() => fit(fields, target)).toThrow(expect.objectContaining({ field: row.field }) as Error);
      return;
    }
    const { request, lost } = fit(fields, target);
    expect(lost).toEqual([row.field]);
    // What comes of it is within: nothing more is to be said of it.
    expect(fit(request, target)).toEqual({ request, lost: [] });
  });

  it.each<[string, Partial<NeutralRequest>]>([
    ['temperature', { temperature: 2.1 }],
    ['temperature', { temperature: -0.1 }],
    ['top_p', { topP: 1.5 }],
    ['frequency_penalty', { frequencyPenalty: -3 }],
    ['presence_penalty', { presencePenalty: 3 }],
    ['top_logprobs', { logprobs: { top: 21 } }],
  ])('refuses %s that no vendor takes: %j', (field, fields) => {
    for (const target of DIALECTS) {
      expect(() => fit(fields, target)).toThrow(RequestFieldError);
      expect(() => fit(fields, target)).toThrow(expect.objectContaining({ field }) as Error);
    }
  });

  it('of tools is not one of other servers that speak the dialect', () => {
    const tools = many(200, at => tool(`t${at}`));
    const losses = new LossList();
    expect(withinLimits({ ...PLAIN, tools }, 'chat_completions', false, losses).tools).toHaveLength(200);
  });

  it('counts the parameters that strict tools may leave out, at all levels', () => {
    const { lost, request } = fit(
      { tools: [tool('a', true, 20), tool('b', true, 5), tool('c', true, 4)] },
      'anthropic_messages',
    );
    expect(lost).toEqual(['tools[1].strict']);
    expect(request.tools.map(each => each.type === 'function' && each.strict)).toEqual([true, null, true]);
  });

  it('leaves out metadata that is too long, and stop strings that are empty', () => {
    const { request, lost } = fit(
      { metadata: { ['k'.repeat(65)]: 'v', k: 'v'.repeat(513), a: 'b' }, stop: ['', 'x'] },
      'chat_completions',
    );
    expect([request.metadata, request.stop, lost]).toEqual([{ a: 'b' }, ['x'], ['stop', 'metadata']]);
  });
});
