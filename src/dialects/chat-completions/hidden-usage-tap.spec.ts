import { HiddenUsageTap } from './hidden-usage-tap.js';
import { ChatStreamTap } from './stream-tap.js';

const MAX_LINE_BYTES = 4_096;
const USAGE = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 };
const chunk = (fields: object) => JSON.stringify({ id: 'c', object: 'chat.completion.chunk', ...fields });
const said = chunk({ choices: [{ index: 0, delta: { content: 'Grüße 😀' } }], usage: null });
const ended = chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: null });
const counted = chunk({ choices: [], usage: USAGE });

function stream(lineEnd: string, ...events: string[]): Buffer {
  return Buffer.from(events.map(data => `data: ${data}${lineEnd}${lineEnd}`).join(''));
}

function relay(bytes: Buffer, size: number) {
  const tap = new HiddenUsageTap(new ChatStreamTap({ maxLineBytes: MAX_LINE_BYTES }), MAX_LINE_BYTES);
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) out.push(tap.push(bytes.subarray(at, at + size)));
  const { complete, tail } = tap.end();
  return { text: Buffer.concat([...out, tail]).toString('utf8'), complete, usage: tap.usage };
}

describe('usage that only the gateway asked for', () => {
  it.each(['\n', '\r\n', '\r'])('is taken out of the stream and kept, wherever its bytes are cut (%j)', lineEnd => {
    const bytes = stream(lineEnd, said, ended, counted, '[DONE]');
    const plain = stream(lineEnd, said, ended, '[DONE]').toString('utf8');
    for (let size = 1; size <= bytes.length; size += 1) {
      const { text, complete, usage } = relay(bytes, size);
      expect(text.trimEnd()).toBe(plain.trimEnd());
      expect(complete).toBe(true);
      expect(usage).toMatchObject({ input: 12, output: 5 });
    }
  });

  it('may stand anywhere, and several times', () => {
    const bytes = stream('\n', counted, said, counted, ended, counted, '[DONE]');
    expect(relay(bytes, 7).text).toBe(stream('\n', said, ended, '[DONE]').toString('utf8'));
  });

  it('stays where it is part of an event with choices, or no usage', () => {
    const withChoices = chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: USAGE });
    const text = chunk({ choices: [{ index: 0, delta: { content: '"usage": {"choices":[]}' } }] });
    const bytes = stream('\n', text, withChoices, '[DONE]');
    expect(relay(bytes, 5).text).toBe(bytes.toString('utf8'));
  });

  it('lets a stream that breaks off stay broken', () => {
    const bytes = stream('\n', said, counted);
    expect(relay(bytes, 9)).toMatchObject({ complete: false, usage: { input: 12 } });
  });
});
