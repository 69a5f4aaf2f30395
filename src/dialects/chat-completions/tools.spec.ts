import type { JsonObject } from '../../json/value.js';
import type { NeutralRequest } from '../neutral/neutral.types.js';
import { LossList } from '../wire/loss-list.js';
import { decodeChatRequest } from './decode-request.js';
import { encodeToolFields } from './tools.js';

const EMPTY = decodeChatRequest({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }).request;

const encode = (fields: Partial<NeutralRequest>) => {
  const losses = new LossList();
  return { wire: encodeToolFields({ ...EMPTY, ...fields }, losses), lost: losses.losses.map(({ field }) => field) };
};

describe('encodeToolFields', () => {
  const tool = {
    type: 'function',
    name: 'f',
    description: null,
    parameters: { type: 'object' },
    strict: null,
  } as const;
  const custom = { type: 'custom', custom: { name: 'sql' } };
  const vendor = (dialect: 'chat_completions' | 'openai_responses', wire: JsonObject) =>
    ({ type: 'vendor', dialect, name: 'web_search', wire }) as const;

  it('writes its own vendor tools as they came and names the others', () => {
    const tools = [tool, vendor('chat_completions', custom), vendor('openai_responses', { type: 'web_search' })];
    const { wire, lost } = encode({ tools, toolChoice: { type: 'tool', name: 'sql' }, parallelToolCalls: false });

    expect(wire).toMatchObject({
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }, custom],
      tool_choice: { type: 'custom', custom: { name: 'sql' } },
      parallel_tool_calls: false,
    });
    expect(lost).toEqual(['tools[2]']);
  });

  it.each([
    [{ type: 'required' }, 'required'],
    [
      { type: 'tool', name: 'f' },
      { type: 'function', function: { name: 'f' } },
    ],
    [
      { type: 'allowed', mode: 'auto', names: ['f'] },
      {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'f' } }] },
      },
    ],
  ] as const)('writes the choice %j', (toolChoice, written) => {
    expect(encode({ tools: [tool], toolChoice }).wire['tool_choice']).toEqual(written);
  });

  it.each([
    [[], { type: 'required' }],
    [[tool], { type: 'tool', name: 'gone' }],
  ] as const)('names a choice that no tool is left for', (tools, toolChoice) => {
    const { wire, lost } = encode({ tools, toolChoice });

    expect(wire).not.toHaveProperty('tool_choice');
    expect(lost).toEqual(['tool_choice']);
  });

  it('allows no tool where none of the allowed ones is left', () => {
    const { wire, lost } = encode({
      tools: [tool],
      toolChoice: { type: 'allowed', mode: 'required', names: ['gone'] },
    });

    expect(wire['tool_choice']).toBe('none');
    expect(lost).toEqual(['tool_choice']);
  });
});
