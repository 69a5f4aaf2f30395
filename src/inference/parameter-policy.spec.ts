import type { CatalogModel } from '../catalog/catalog.types.js';
import { applyParameterPolicy } from './parameter-policy.js';
import { CHAT_COMPLETIONS } from '../dialects/chat-completions/descriptor.js';

const model = {
  ...{ id: 'm', parameterPolicy: 'reject', parameterRules: [], maxOutputTokens: null },
  ...{ capabilities: { structured_output: false }, prices: { published: false } },
} as unknown as CatalogModel;
const apply = (format: string) => {
  const body = Buffer.from(`{"model":"m","messages":[],"response_format":${format}}`);
  return applyParameterPolicy(CHAT_COMPLETIONS.readRequest(body, null), model, CHAT_COMPLETIONS);
};

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
