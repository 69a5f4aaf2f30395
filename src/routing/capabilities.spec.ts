import type { CatalogModel } from '../catalog/catalog.types.js';
import type { Dialect } from '../dialects/dialect.js';
import type { Capabilities } from '../providers/kind.js';
import { openAi } from '../providers/kinds/openai.js';
import { capabilitiesOf, dialectFor } from './capabilities.js';

const MODEL = { id: 'm' } as CatalogModel;

describe('the dialect in which an upstream is asked', () => {
  afterEach(() => jest.restoreAllMocks());
  const asked = (spoken: readonly Dialect[], caller: Dialect) => {
    jest
      .spyOn(openAi.capabilities as { dialects: Capabilities['dialects'] }, 'dialects')
      .mockImplementation(() => new Set(spoken));
    return dialectFor('openai', MODEL, caller);
  };

  it.each<[Dialect, readonly Dialect[], Dialect | null]>([
    ['chat_completions', ['anthropic_messages', 'chat_completions'], 'chat_completions'],
    ['embeddings', ['chat_completions', 'embeddings'], 'embeddings'],
    ['embeddings', ['chat_completions'], null],
    ['chat_completions', ['openai_responses', 'anthropic_messages'], 'anthropic_messages'],
    ['chat_completions', ['openai_responses', 'gemini_generate_content'], 'gemini_generate_content'],
    ['anthropic_messages', ['chat_completions', 'openai_responses'], 'openai_responses'],
    ['anthropic_messages', ['chat_completions'], 'chat_completions'],
    ['anthropic_messages', ['embeddings'], null],
    ['chat_completions', [], null],
  ])('of a caller of %s, where %j are spoken, is %s', (caller, spoken, dialect) => {
    expect(asked(spoken, caller)).toBe(dialect);
  });

  it('is a matter of its kind', () => {
    expect(capabilitiesOf('openai')).toBe(openAi.capabilities);
    expect(capabilitiesOf('anthropic')).not.toBe(openAi.capabilities);
  });
});
