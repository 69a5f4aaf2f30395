import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import type { Codec, EncodeResponseOptions } from '../../src/dialects/neutral/codec.js';
import type { ChatDialect } from '../../src/dialects/neutral/neutral.types.js';
import { TranslatingTap } from '../../src/dialects/translating-tap.js';
import { BARE_REQUEST } from '../support/neutral-request.js';

const chunk = (fields: object) => `data: ${JSON.stringify({ id: 'c-1', ...fields })}\n\n`;
const choice = (delta: object, reason: string | null = null) =>
  chunk({ choices: [{ index: 0, delta, finish_reason: reason }] });
const TEXT = 'Twenty characters ok';
const uncounted = `${choice({ role: 'assistant', content: TEXT })}${choice({}, 'stop')}`;
const counted = chunk({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 } });

function told(to: ChatDialect, stream: string): { text: string; paid: unknown } {
  const options: EncodeResponseOptions = {
    model: 'm',
    requestId: 'r',
    now: 1,
    streamUsage: true,
    request: BARE_REQUEST,
  };
  const tap = new TranslatingTap({
    native: DESCRIPTORS.chat_completions.createTap(),
    decoder: (DESCRIPTORS.chat_completions.codec as Codec).createStreamDecoder(),
    encoder: (DESCRIPTORS[to].codec as Codec).createStreamEncoder(options),
    maxLineBytes: 65_536,
    estimatedInput: 1_234,
    encodeError: () => Buffer.from('failed'),
  });
  const text = tap.push(Buffer.from(stream)).toString() + tap.end().tail.toString();
  return { text, paid: tap.usage };
}

const USAGES = [
  ['anthropic_messages', '"input_tokens":1234', '"output_tokens":5'],
  ['openai_responses', '"input_tokens":1234', '"output_tokens":5'],
  ['gemini_generate_content', '"promptTokenCount":1234', '"candidatesTokenCount":5'],
] as const;

describe.each(USAGES)('a translated stream to a caller of %s', (to, input, output) => {
  it('tells an estimate of what nobody counted, and names it; it is paid by another count', () => {
    const { text, paid } = told(to, `${uncounted}data: [DONE]\n\n`);
    expect(text).toContain(input);
    expect(text).toContain(output);
    expect(text).toMatch(/^: x-bough-losses usage$/m);
    expect(paid).toBeNull();
  });

  it('tells what the provider counted', () => {
    const { text, paid } = told(to, `${uncounted}${counted}data: [DONE]\n\n`);
    expect(text).not.toContain('1234');
    expect(text).not.toContain('x-bough-losses');
    expect(paid).toMatchObject({ input: 12, output: 3 });
  });
});
