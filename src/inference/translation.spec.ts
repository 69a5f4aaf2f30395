import type { CatalogModel } from '../catalog/catalog.types.js';
import type { Target } from '../routing/target.types.js';
import type { InferenceRequest } from './inference-request.js';
import { encodeOptions } from './translation.js';

const target = { model: 'at-the-provider', upstream: { kind: 'anthropic' } } as Target;
const asked = (model: Partial<CatalogModel>) =>
  ({ model: { id: 'm', family: null, maxOutputTokens: null, capabilities: {}, ...model } }) as InferenceRequest;

describe('what an encoder is told of its target', () => {
  it.each([
    [128_000, 128_000],
    [64_000, 64_000],
    [4_096, 4_096],
    [null, 8_192],
  ])('fills in what the model can write, of %s tokens', (maxOutputTokens, defaultMaxTokens) => {
    expect(encodeOptions(asked({ maxOutputTokens }), target, new Set())).toMatchObject({
      model: 'at-the-provider',
      defaultMaxTokens,
    });
  });

  it.each([
    ['openai-compatible', [], true],
    ['openai-compatible', ['other'], true],
    ['openai-compatible', ['house'], false],
    ['openai', ['house'], true],
  ] as const)('asks %s for usage in a stream, where %j refuse it: %s', (kind, refusing, streamUsage) => {
    const house = { model: 'm', upstream: { kind, name: 'house' } } as Target;
    expect(encodeOptions(asked({}), house, new Set(refusing))).toMatchObject({ streamUsage });
  });
});
