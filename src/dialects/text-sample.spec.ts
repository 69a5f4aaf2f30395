import { TextSample } from './text-sample.js';

const sampled = (...events: object[]) => {
  const sample = new TextSample();
  for (const event of events) sample.add(Buffer.from(JSON.stringify(event)));
  return sample.read();
};
const textOf = (...events: object[]) => sampled(...events).text;
const chat = (delta: object) => ({ choices: [{ index: 0, delta }] });

describe('a sample of what a stream generates', () => {
  it.each([
    ['text, and what is escaped in it', [chat({ content: 'a "b"\n' }), chat({ content: '🌿' })], 'a "b"\n🌿'],
    ['reasoning once, where it is said under two names', [chat({ reasoning: 'so', reasoning_content: 'so' })], 'so'],
    [
      'the same word of two choices twice',
      [{ choices: [{ delta: { content: 'x' } }, { delta: { content: 'x' } }] }],
      'xx',
    ],
    ['pieces of arguments', [chat({ tool_calls: [{ function: { name: 'f', arguments: '{"a"' } }] })], 'f{"a"'],
    [
      'arguments that are sent as an object, once',
      [{ candidates: [{ content: { parts: [{ functionCall: { name: 'f', args: { text: 'x' } } }] } }] }],
      'f{"text":"x"}',
    ],
    ['thinking', [{ type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'hm' } }], 'hm'],
    ['a Responses delta', [{ type: 'response.output_text.delta', delta: 'hi', logprobs: [{ token: 'hi' }] }], 'hi'],
    ['nothing of an error', [{ error: { message: 'no', type: 'overloaded_error' } }], ''],
  ])('holds %s', (_, events, text) => {
    expect(textOf(...events)).toBe(text);
  });

  it('leaves out what was said before', () => {
    const sample = new TextSample();
    sample.add(Buffer.from('{"delta":"hi"}'));
    sample.add(Buffer.from('{"text":"hi"}'), true);

    expect(sample.read()).toEqual({ text: 'hi', factor: 1, begun: true });
  });

  it.each([
    ['a role', chat({ role: 'assistant', content: '' }), false],
    ['a block that begins', { content_block: { type: 'tool_use', input: {}, text: '' } }, false],
    ['a word', chat({ content: ' ' }), true],
    ['a thought', chat({ reasoning_content: 'hm' }), true],
    ['a call', chat({ tool_calls: [{ function: { name: 'f', arguments: '' } }] }), true],
  ])('knows a first word: %s', (_, event, spoke) => {
    const sample = new TextSample();
    sample.add(Buffer.from(JSON.stringify({ type: 'response.completed', text: 'said before' })), true);
    sample.add(Buffer.from(JSON.stringify(event)));

    expect(sample.spoke).toBe(spoke);
  });

  it('knows whether anything came at all', () => {
    expect(new TextSample().read()).toEqual({ text: '', factor: 1, begun: false });
    expect(sampled({ type: 'message_start' })).toEqual({ text: '', factor: 1, begun: true });
  });

  it.each([
    [
      'short pieces in large events first, and long ones behind',
      [...Array(200).fill('a'), ...Array(9).fill('b'.repeat(30_000))],
    ],
    ['one long event', ['c'.repeat(2_000_000)]],
    ['many pieces', Array(20_000).fill('word ')],
  ])('knows how long all of it was: %s', (_, pieces: string[]) => {
    const frame = (content: string) => ({ id: 'x'.repeat(300), ...chat({ content }) });
    const { text, factor } = sampled(...pieces.map(frame));
    const said = pieces.join('').length;

    expect(text.length).toBeLessThanOrEqual(32 * 1024);
    expect(text.length * factor).toBeGreaterThanOrEqual(said * 0.99);
    expect(text.length * factor).toBeLessThanOrEqual(said * 1.01);
  });
});
