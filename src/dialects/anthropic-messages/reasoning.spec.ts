import { ADAPTIVE } from '../../../test/support/anthropic-messages.js';
import { assistant, call, encode, result, text, user } from '../../../test/support/anthropic-turns.js';
import type { AssistantPart, ReasoningRequest } from '../neutral/neutral.types.js';

const find = { type: 'function' as const, name: 'find', description: null, parameters: null, strict: null };
const thinking = (fields: Partial<ReasoningRequest>): ReasoningRequest => ({
  mode: null,
  effort: null,
  budgetTokens: null,
  show: null,
  ...fields,
});

describe('encodeRequest, of thinking', () => {
  it.each([
    [{ effort: 'minimal' }, 100_000, 1024],
    [{ effort: 'low' }, 100_000, 1024],
    [{ effort: 'medium' }, 100_000, 8192],
    [{ effort: 'high' }, 100_000, 16_384],
    [{ effort: 'xhigh' }, 100_000, 32_768],
    [{ effort: 'max' }, 100_000, 32_768],
    [{ effort: 'max' }, 8000, 4000],
    [{ effort: 'max' }, 1025, 1024],
    [{ mode: 'on', budgetTokens: 5000 }, 8000, 5000],
    [{ mode: 'adaptive' }, 100_000, 8192],
  ] as const)('gives %j of %d tokens a budget', (reasoning, maxOutputTokens, budget) => {
    const { wire, lost } = encode({ reasoning: thinking(reasoning), maxOutputTokens });

    expect(wire).toMatchObject({ thinking: { type: 'enabled', budget_tokens: budget }, max_tokens: maxOutputTokens });
    expect(wire).not.toHaveProperty('output_config');
    expect(lost).toEqual([]);
  });

  it.each([
    [{ mode: 'on', budgetTokens: 100 }, 8000, 1024],
    [{ mode: 'on', budgetTokens: 9000 }, 8000, 7999],
  ] as const)('names a budget that had to change: %j', (reasoning, maxOutputTokens, budget) => {
    const { wire, lost } = encode({ reasoning: thinking(reasoning), maxOutputTokens });

    expect(wire).toMatchObject({ thinking: { budget_tokens: budget } });
    expect(lost).toEqual(['reasoning.budget_tokens']);
  });

  it('leaves thinking out where no budget fits, and raises no bound', () => {
    const { wire, lost } = encode({ reasoning: thinking({ effort: 'low' }), maxOutputTokens: 1024 });

    expect(wire).toMatchObject({ max_tokens: 1024 });
    expect(wire).not.toHaveProperty('thinking');
    expect(lost).toEqual(['reasoning']);
  });

  it('leaves thinking out where a loop of tools began without a signed thought', () => {
    const signed: AssistantPart = {
      type: 'reasoning',
      text: 'Hm.',
      opaque: { origin: 'anthropic', value: 's' },
      redacted: false,
    };
    const loop = (...before: AssistantPart[]) => ({
      turns: [user(text('a')), assistant(...before, call('t1')), user(result('t1'))],
      reasoning: thinking({ effort: 'low' }),
      maxOutputTokens: 8000,
    });

    expect(encode(loop())).toMatchObject({ lost: ['reasoning'] });
    expect(encode(loop()).wire).not.toHaveProperty('thinking');
    expect(encode(loop(signed))).toMatchObject({ wire: { thinking: { type: 'enabled' } }, lost: [] });
    const longer = loop(signed);
    longer.turns.push(assistant(call('t2')), user(result('t2')));
    expect(encode(longer)).toMatchObject({ wire: { thinking: { type: 'enabled' } }, lost: [] });
    expect(
      encode({ ...loop(), turns: [...loop().turns, assistant(signed, call('t2')), user(result('t2'))] }),
    ).toMatchObject({ lost: ['reasoning'] });
    expect(encode({ ...loop(), turns: [...loop().turns, assistant(text('b')), user(text('c'))] })).toMatchObject({
      lost: [],
    });
    expect(encode(loop(), ADAPTIVE)).toMatchObject({ wire: { thinking: { type: 'adaptive' } }, lost: [] });
  });

  it.each([
    [{ effort: 'minimal' }, { type: 'adaptive' }, 'low', []],
    [{ effort: 'xhigh', show: 'concise' }, { type: 'adaptive', display: 'summarized' }, 'xhigh', []],
    [{ mode: 'adaptive', show: 'none' }, { type: 'adaptive', display: 'omitted' }, undefined, []],
    [{ mode: 'on', budgetTokens: 9000 }, { type: 'adaptive' }, 'medium', ['reasoning.budget_tokens']],
    [{ mode: 'off', effort: 'high' }, { type: 'disabled' }, 'high', []],
    [{ effort: 'none' }, { type: 'disabled' }, undefined, []],
    [{ budgetTokens: 0 }, { type: 'disabled' }, undefined, []],
  ] as const)('asks an adaptive model for %j by its effort', (reasoning, expected, effort, named) => {
    const { wire, lost } = encode({ reasoning: thinking(reasoning) }, ADAPTIVE);

    expect(wire['thinking']).toEqual(expected);
    expect((wire['output_config'] as { effort?: string } | undefined)?.effort).toBe(effort);
    expect(lost).toEqual(named);
  });

  it('drops, by name, what the API refuses of a model that thinks', () => {
    const given = {
      temperature: 0.2,
      topP: 0.99,
      topK: 4,
      tools: [find],
      toolChoice: { type: 'required' as const },
      maxOutputTokens: 8000,
    };
    const { wire, lost } = encode({ ...given, reasoning: thinking({ effort: 'low' }) });

    expect(wire).toMatchObject({ thinking: { type: 'enabled' }, tool_choice: { type: 'auto' } });
    for (const field of ['temperature', 'top_p', 'top_k']) expect(wire).not.toHaveProperty(field);
    expect(lost.toSorted()).toEqual(['temperature', 'tool_choice', 'top_k', 'top_p']);
  });

  it('sends adaptive models no sampling parameters even when they do not think', () => {
    const { wire, lost } = encode(
      { temperature: 0.2, topP: 1, tools: [find], toolChoice: { type: 'required' } },
      ADAPTIVE,
    );

    expect(wire).toMatchObject({ tool_choice: { type: 'any' } });
    expect(wire).not.toHaveProperty('temperature');
    expect(lost).toEqual(['temperature']);
  });
});
