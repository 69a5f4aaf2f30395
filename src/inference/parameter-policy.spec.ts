import type { CatalogModel } from '../catalog/catalog.types.js';
import { readParameterRules } from '../catalog/parameter-rules.js';
import { applyParameterPolicy, lossesOf, withoutRejected } from './parameter-policy.js';
import { ANTHROPIC_MESSAGES } from '../dialects/anthropic-messages/descriptor.js';
import { CHAT_COMPLETIONS } from '../dialects/chat-completions/descriptor.js';

const model = {
  ...{ id: 'm', parameterPolicy: 'reject', parameterRules: [], maxOutputTokens: null },
  ...{ capabilities: { structured_output: false }, prices: { published: false } },
  nativeDialects: new Set(['chat_completions']),
} as unknown as CatalogModel;
const never = () => false;
const apply = (format: string) => {
  const body = Buffer.from(`{"model":"m","messages":[],"response_format":${format}}`);
  return applyParameterPolicy(CHAT_COMPLETIONS.readRequest(body, null), model, CHAT_COMPLETIONS, never);
};

describe('what the catalog lists as refused', () => {
  const ruled = { ...model, parameterRules: readParameterRules(['seed', 'stream_options', 'temperature!=1']) };
  const broken = (body: object, refuses: boolean) => {
    const wire = CHAT_COMPLETIONS.readRequest(Buffer.from(JSON.stringify({ model: 'm', messages: [], ...body })), null);
    return () => applyParameterPolicy(wire, ruled, CHAT_COMPLETIONS, () => refuses);
  };

  it.each([{ seed: 7 }, { stream_options: { include_usage: true } }])(
    '%j holds only where such an API is asked',
    body => {
      expect(broken(body, true)).toThrow(expect.objectContaining({ param: Object.keys(body)[0] }));
      expect(broken(body, false)()).toEqual([]);
    },
  );

  it.each([true, false])('of sampling is the model’s own (such an API: %s)', refuses => {
    expect(broken({ temperature: 0.5 }, refuses)).toThrow(expect.objectContaining({ param: 'temperature' }));
  });
});

describe('a bound above what the model can write', () => {
  const bounded = { ...model, maxOutputTokens: 10_000 } as CatalogModel;
  const body = Buffer.from('{"model":"m","messages":[],"max_tokens":32000}');
  const lowered = { field: 'max_tokens', message: "'max_tokens' (32000) exceeds model maximum (10000)", cap: 10_000 };

  it('is refused in a dialect of its maker', () => {
    const wire = CHAT_COMPLETIONS.readRequest(body, null);
    expect(() => applyParameterPolicy(wire, bounded, CHAT_COMPLETIONS, never)).toThrow(
      expect.objectContaining({ publicMessage: lowered.message, param: 'max_tokens' }),
    );
  });

  it('is lowered and named in another, where an agent asks for what its own maker’s models can write', () => {
    const wire = ANTHROPIC_MESSAGES.readRequest(body, null);
    const rejected = applyParameterPolicy(wire, bounded, ANTHROPIC_MESSAGES, never);

    expect(rejected).toEqual([lowered]);
    expect(withoutRejected(body, rejected, ANTHROPIC_MESSAGES).toString()).toBe(
      '{"model":"m","messages":[],"max_tokens":10000}',
    );
    expect(lossesOf(rejected)).toEqual([{ field: 'max_tokens', reason: lowered.message }]);
  });
});

describe('a structured output that a model does not support', () => {
  const large = JSON.stringify({ a: 'x'.repeat(2_000_000), type: 'text', list: [{ type: 'text' }] });

  it.each([
    ['plainly', '{"type":"json_schema","json_schema":{}}'],
    ['behind a large schema', `{"json_schema":${large},"type":"json_schema"}`],
    ['with escapes', '{"\\u0074ype":"json\\u005fschema"}'],
    ['as the last of two', '{"type":"text","type":"json_schema"}'],
  ])('is refused where it is asked for %s', (_, format) => {
    expect(() => apply(format)).toThrow(expect.objectContaining({ param: 'response_format' }));
  });

  it.each(['{"type":"text"}', '{}', '"json_schema"', `{"json_schema":{"type":"json_schema"},"b":${large}}`])(
    'is not asked for with %.60s',
    format => {
      expect(apply(format)).toEqual([]);
    },
  );
});
