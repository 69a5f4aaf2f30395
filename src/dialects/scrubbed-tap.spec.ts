import { ANTHROPIC_MESSAGES } from './anthropic-messages/descriptor.js';
import { CHAT_COMPLETIONS } from './chat-completions/descriptor.js';
import { GEMINI } from './gemini/descriptor.js';
import { OPENAI_RESPONSES } from './openai-responses/descriptor.js';
import { ScrubbedTap } from './scrubbed-tap.js';

const SECRET = 'sk-secret-of-ours';
const scrub = (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replaceAll(SECRET, '[redacted]'), 'latin1');
const message = `Incorrect key ${SECRET} é`;
const data = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
const STREAMS = [
  [
    CHAT_COMPLETIONS,
    data({ choices: [{ index: 0, delta: { content: 'an "error" é' } }] }),
    data({ error: { message } }),
  ],
  [
    ANTHROPIC_MESSAGES,
    `event: ping\n${data({ type: 'ping' })}`,
    `event: error\n${data({ type: 'error', error: { type: 'api_error', message } })}`,
  ],
  [
    OPENAI_RESPONSES,
    `event: response.output_text.delta\n${data({ type: 'response.output_text.delta', delta: 'error é' })}`,
    `event: response.failed\n${data({ type: 'response.failed', response: { error: { message } } })}`,
  ],
  [
    GEMINI,
    data({ candidates: [{ content: { parts: [{ text: 'error é' }] } }] }),
    data({ error: { code: 400, message } }),
  ],
] as const;

describe.each(STREAMS)('an error event of $name', (dialect, words, failure) => {
  it('goes on without a secret, wherever the stream is cut, and all else goes on as it came', () => {
    const stream = Buffer.from(words + failure);
    const expected = (words + failure).replaceAll(SECRET, '[redacted]');
    for (let one = 0; one <= stream.length; one += 1) {
      for (const two of [one, one + 1, one + 7]) {
        const tap = new ScrubbedTap(dialect.createTap(), scrub);
        const pieces = [stream.subarray(0, one), stream.subarray(one, two), stream.subarray(two)];
        const passed = pieces.filter(({ length }) => length > 0).map(piece => tap.push(piece));
        expect(Buffer.concat(passed).toString()).toBe(expected);
        expect([tap.failed, tap.atEventBoundary]).toEqual([true, true]);
      }
    }
  });

  it('that breaks off is not begun, and what went on before it is known', () => {
    const tap = new ScrubbedTap(dialect.createTap(), scrub);
    const passed = [tap.push(Buffer.from(words)), tap.push(Buffer.from(failure.slice(0, -12)))];
    expect(Buffer.concat(passed).toString()).toBe(words);
    expect([tap.atLineStart, tap.atEventBoundary]).toEqual([true, true]);
    expect(tap.end().complete).toBe(false);
  });
});
