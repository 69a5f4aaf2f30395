/** How much to think is told to each model of the catalog in a measure that it takes, and what had to change is named. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CallerFields } from '../../src/dialects/caller-fields.js';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import type { Codec } from '../../src/dialects/neutral/codec.js';
import { EFFORTS } from '../../src/dialects/neutral/efforts.js';
import type { ChatDialect } from '../../src/dialects/neutral/neutral.types.js';
import { reasoningLimitsOf } from '../../src/dialects/neutral/reasoning-limits.js';
import type { Target } from '../../src/routing/target.types.js';
import type { CatalogModel } from '../../src/catalog/catalog.types.js';
import type { InferenceRequest } from '../../src/inference/inference-request.js';
import { encodeOptions } from '../../src/inference/translation.js';
import { asObject, type JsonObject } from '../../src/json/value.js';

interface Row {
  readonly id: string;
  readonly type: string;
  readonly family?: string | null;
  readonly dialects: readonly ChatDialect[];
  readonly max_output_tokens?: number | null;
  readonly capabilities: JsonObject;
}
const { models } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'prisma', 'seed', 'catalog.json'), 'utf8')) as {
  models: readonly Row[];
};
const CHAT = models.filter(({ type }) => type === 'chat');
const rowOf = (id: string) => CHAT.find(row => row.id === id) ?? CHAT[0]!;
const codecOf = (dialect: ChatDialect): Codec => {
  const { codec } = DESCRIPTORS[dialect];
  if (codec === null) throw new Error(`${dialect} has no codec`);
  return codec;
};

/** What the encoder of a request is told of a row of the catalog. */
function optionsFor({ id, family = null, max_output_tokens: maxOutputTokens = null, capabilities }: Partial<Row>) {
  const model = { id, family, maxOutputTokens, capabilities } as unknown as CatalogModel;
  const target = { model: 'target', upstream: { kind: 'openai' } } as unknown as Target;
  return encodeOptions(
    { model: { ...model, rejectedParameters: [], nativeDialects: new Set() } } as unknown as InferenceRequest,
    target,
    new Set(),
  );
}

const ASK: Readonly<Record<ChatDialect, JsonObject>> = {
  chat_completions: { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
  anthropic_messages: { model: 'm', max_tokens: 64_000, messages: [{ role: 'user', content: 'hi' }] },
  openai_responses: { model: 'm', input: 'hi' },
  gemini_generate_content: { model: 'm', stream: false, contents: [{ parts: [{ text: 'hi' }] }] },
};

/** Every way in which a caller says how much to think. */
const WISHES: readonly (readonly [ChatDialect, JsonObject, string])[] = [
  ...EFFORTS.map(effort => ['chat_completions', { reasoning_effort: effort }, 'reasoning_effort'] as const),
  ...EFFORTS.map(effort => ['openai_responses', { reasoning: { effort } }, 'reasoning.effort'] as const),
  ...(['low', 'medium', 'high', 'xhigh', 'max'] as const).map(
    effort => ['anthropic_messages', { output_config: { effort } }, 'output_config.effort'] as const,
  ),
  ...[1024, 32_000, 60_000].map(
    budget =>
      [
        'anthropic_messages',
        { thinking: { type: 'enabled', budget_tokens: budget } },
        'thinking.budget_tokens',
      ] as const,
  ),
  ['anthropic_messages', { thinking: { type: 'disabled' } }, 'thinking.type'],
  ...[0, -1, 1, 128, 24_576, 32_000, 1_000_000].map(
    budget =>
      [
        'gemini_generate_content',
        { generationConfig: { thinkingConfig: { thinkingBudget: budget } } },
        'generationConfig.thinkingConfig.thinkingBudget',
      ] as const,
  ),
  ...['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'].map(
    level =>
      [
        'gemini_generate_content',
        { generation_config: { thinking_config: { thinking_level: level } } },
        'generation_config.thinking_config.thinking_level',
      ] as const,
  ),
  ['chat_completions', { reasoning: { max_tokens: 40_000 } }, 'reasoning.max_tokens'],
  ['chat_completions', { thinking: { type: 'enabled', budget_tokens: 40_000 } }, 'thinking.budget_tokens'],
  ['chat_completions', { reasoning: { max_tokens: 0 } }, 'reasoning.max_tokens'],
];

interface Told {
  readonly effort: string | null;
  readonly budget: number | null;
  readonly off: boolean;
}

/** How much a wire says to think. */
function toldOf(wire: JsonObject): Told {
  const within = (...path: string[]) =>
    path.reduce<unknown>((value, key) => asObject(value)?.[key], wire) as string | number | undefined;
  const effort = within('reasoning_effort') ?? within('reasoning', 'effort') ?? within('output_config', 'effort');
  const level = within('generationConfig', 'thinkingConfig', 'thinkingLevel');
  const budget = within('thinking', 'budget_tokens') ?? within('generationConfig', 'thinkingConfig', 'thinkingBudget');
  const told = (effort ?? (typeof level === 'string' ? level.toLowerCase() : null)) as string | null;
  const off = told === 'none' || budget === 0 || within('thinking', 'type') === 'disabled';
  return { effort: told, budget: typeof budget === 'number' && budget > 0 ? budget : null, off };
}

function toldOff([, wish]: (typeof WISHES)[number]): boolean {
  return /"none"|"disabled"|(?:Budget|max_tokens)":0/.test(JSON.stringify(wish));
}

function ask([from, wish]: (typeof WISHES)[number], to: ChatDialect, row: Partial<Row>) {
  const asked = { ...ASK[from], ...wish };
  const { request } = codecOf(from).decodeRequest(asked);
  const { wire, losses } = new CallerFields(from, asked).naming(() =>
    codecOf(to).encodeRequest(request, optionsFor(row)),
  );
  return { told: toldOf(wire), lost: losses.map(({ field }) => field) };
}

describe('how much to think', () => {
  it('is told to every model of the catalog in a measure that it takes', () => {
    for (const row of CHAT) {
      const limits = reasoningLimitsOf(row.capabilities);
      for (const to of row.dialects) {
        for (const wish of WISHES) {
          const [from, said] = wish;
          if (from === to) continue;
          const { told } = ask(wish, to, row);
          const takes =
            limits === null ||
            ((told.effort === null || limits.efforts === null || (limits.efforts as string[]).includes(told.effort)) &&
              (told.budget === null ||
                limits.budget === null ||
                (told.budget >= limits.budget.min && told.budget <= limits.budget.max)) &&
              (limits.thinks || (told.effort === null && told.budget === null)));
          expect([row.id, to, said, told, takes]).toEqual([row.id, to, said, told, true]);
        }
      }
    }
  });

  it.each<[string, ChatDialect, number, Partial<Told>, string[]]>([
    // `max` of chat, to a model that goes to `xhigh`
    ['gpt-5-4', 'openai_responses', 6, { effort: 'xhigh' }, ['reasoning_effort']],
    ['gpt-5-1', 'openai_responses', 6, { effort: 'high' }, ['reasoning_effort']],
    // `none` to a model that always thinks
    ['gpt-5', 'openai_responses', 0, { effort: 'minimal', off: false }, ['reasoning_effort']],
    ['gpt-5-4', 'openai_responses', 0, { effort: 'none' }, []],
    ['gpt-5-5-pro', 'openai_responses', 2, { effort: 'medium' }, ['reasoning_effort']],
    ['gemini-2-5-pro', 'gemini_generate_content', 0, { budget: 128 }, ['reasoning_effort']],
    ['gemini-3-1-pro', 'gemini_generate_content', 1, { effort: 'low' }, ['reasoning_effort']],
    // 32,000 of Messages, to a model that takes 24,576
    ['gemini-2-5-flash', 'gemini_generate_content', 20, { budget: 24_576 }, ['thinking.budget_tokens']],
    ['gemini-2-5-flash', 'gemini_generate_content', 19, { budget: 1_024 }, []],
    // an effort has no number, so nothing is lost when that is bounded
    ['gemini-2-5-flash', 'gemini_generate_content', 6, { budget: 24_576 }, []],
    ['claude-fable-5', 'anthropic_messages', 0, { effort: 'low', off: false }, ['reasoning_effort']],
    ['claude-opus-5', 'anthropic_messages', 0, { off: true }, []],
    ['llama-4-maverick', 'chat_completions', 13, { effort: null }, ['reasoning.effort']],
    ['llama-4-maverick', 'chat_completions', 7, { effort: null }, []],
  ])('of %s in %s, asked with wish %i', (id, to, wish, expected, lost) => {
    const outcome = ask(WISHES[wish]!, to, rowOf(id));
    expect([WISHES[wish], outcome]).toEqual([
      WISHES[wish],
      { told: expect.objectContaining(expected) as unknown, lost },
    ]);
  });

  it.each(WISHES.filter(wish => toldOff(wish)))('is nothing where the caller wants nothing: %s %j', (...wish) => {
    const [from] = wish;
    const to = from === 'openai_responses' ? 'chat_completions' : 'openai_responses';
    expect(ask(wish, to, rowOf('gpt-5-4'))).toEqual({ told: { effort: 'none', budget: null, off: true }, lost: [] });
  });

  it('is not asked to be shown by a model that does not think', () => {
    const row = { id: 'own', capabilities: { reasoning: false } };
    for (const [from, wish] of WISHES) {
      if (from === 'openai_responses') continue;
      const { request } = codecOf(from).decodeRequest({ ...ASK[from], ...wish });
      const { wire } = codecOf('openai_responses').encodeRequest(request, optionsFor(row));
      expect([wish, wire['include']]).toEqual([wish, undefined]);
    }
  });

  it('is named by the field in which the caller said it', () => {
    const everything = {
      id: 'x',
      capabilities: { reasoning: true, reasoning_options: [{ type: 'effort', values: ['medium'] }] },
    };
    for (const wish of WISHES) {
      const [from, said, field] = wish;
      const to = from === 'openai_responses' ? 'chat_completions' : 'openai_responses';
      const { lost } = ask(wish, to, everything);
      const isMedium = /medium/i.test(JSON.stringify(said)) || JSON.stringify(said).includes('-1');
      expect([said, lost.filter(name => name !== 'thinking.display')]).toEqual([said, isMedium ? [] : [field]]);
    }
  });

  it.each<[ChatDialect, JsonObject, string, string]>([
    [
      'chat_completions',
      { reasoning_effort: 'low', thinking: { type: 'enabled', budget_tokens: 4_000 } },
      'reasoning_effort',
      'thinking.budget_tokens',
    ],
    [
      'anthropic_messages',
      { output_config: { effort: 'low' }, thinking: { type: 'enabled', budget_tokens: 4_000 } },
      'output_config.effort',
      'thinking.budget_tokens',
    ],
    [
      'gemini_generate_content',
      { generationConfig: { thinkingConfig: { thinkingLevel: 'LOW', thinkingBudget: 4_000 } } },
      'generationConfig.thinkingConfig.thinkingLevel',
      'generationConfig.thinkingConfig.thinkingBudget',
    ],
  ])('of %s is told in one measure where both are given, and the other is named', (from, wish, effort, budget) => {
    const targets: readonly (readonly [ChatDialect, string, 'effort' | 'budget'])[] = [
      ['chat_completions', 'own', 'effort'],
      ['openai_responses', 'own', 'effort'],
      ['anthropic_messages', 'claude-opus-4-6', 'effort'],
      ['anthropic_messages', 'claude-haiku-4-5', 'budget'],
      ['gemini_generate_content', 'gemini-3-pro', 'effort'],
      ['gemini_generate_content', 'gemini-2-5-pro', 'budget'],
    ];
    for (const [to, id, by] of targets.filter(([dialect]) => dialect !== from)) {
      const { told, lost } = ask([from, wish, budget], to, { id, capabilities: {} });
      const expected = by === 'effort' ? { effort: 'low', budget: null } : { effort: null, budget: 4_000 };
      expect([to, id, told]).toEqual([to, id, { ...expected, off: false }]);
      expect([to, id, lost]).toEqual([to, id, expect.arrayContaining([by === 'effort' ? budget : effort])]);
    }
  });

  it('is named by what turned it off, at a model that cannot stop', () => {
    const off = WISHES.find(([, , field]) => field === 'thinking.type')!;
    const levels = { id: 'gemini-9-own', capabilities: {} };
    expect(ask(off, 'gemini_generate_content', levels).lost).toEqual(['thinking.type']);
    expect(ask(WISHES[0]!, 'gemini_generate_content', levels).lost).toEqual(['reasoning_effort']);
  });

  it('is left alone where the catalog knows nothing of the model', () => {
    expect(reasoningLimitsOf({})).toBeNull();
    expect(ask(WISHES[6]!, 'openai_responses', { id: 'own', capabilities: {} })).toEqual({
      told: { effort: 'max', budget: null, off: false },
      lost: [],
    });
  });
});
