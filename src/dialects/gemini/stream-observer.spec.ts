import { createGeminiObserver } from './stream-observer.js';

function factsOf(...events: readonly (string | object)[]) {
  const facts = createGeminiObserver();
  for (const event of events) {
    const data = Buffer.from(typeof event === 'string' ? event : JSON.stringify(event));
    facts.inspect(null, data);
    data.fill(0x7a); // the bytes are lent for the call only
  }
  const { usage, finished, terminal, failed, malformed } = facts;
  return { usage, finished, terminal, failed, malformed };
}

const text = (words: string, finishReason?: string) => ({
  candidates: [{ content: { role: 'model', parts: [{ text: words }] }, finishReason, index: 0 }],
});
const usage = { promptTokenCount: 4, candidatesTokenCount: 2, totalTokenCount: 6 };
const nothing = { usage: null, finished: false, terminal: false, failed: false, malformed: false };

describe('createGeminiObserver', () => {
  it('sees nothing where nothing was said', () => {
    expect(factsOf()).toEqual(nothing);
    expect(factsOf({}, text('hi'))).toEqual(nothing);
  });

  it('keeps the last usage, and knows the reason to end', () => {
    const events = [
      { ...text('a'), usageMetadata: { promptTokenCount: 4, totalTokenCount: 4 } },
      { ...text('b', 'STOP'), usageMetadata: usage },
      text(''),
    ];

    expect(factsOf(...events)).toEqual({
      ...nothing,
      finished: true,
      usage: { input: 4, cacheRead: 0, cacheWrite: 0, output: 2, reasoning: 0 },
    });
  });

  it('never takes a stream for terminal, because Gemini has no such event', () => {
    expect(factsOf(text('a', 'STOP'), '{"usageMetadata":{}}').terminal).toBe(false);
  });

  it('keeps a usage that was good when a broken one follows', () => {
    expect(factsOf({ usageMetadata: usage }, { usageMetadata: { promptTokenCount: -1 } }).usage?.input).toBe(4);
  });

  it.each([
    ['the default, written out', text('a', 'FINISH_REASON_UNSPECIFIED')],
    ['an empty reason', text('a', '')],
    ['text about it', text('{"finishReason":"STOP"}')],
    ['a block reason that says nothing', { promptFeedback: { blockReason: 'BLOCKED_REASON_UNSPECIFIED' } }],
    ['no candidates', { candidates: null, finishReason: 'STOP' }],
  ])('is not finished by %s', (_, event) => {
    expect(factsOf(event)).toEqual(nothing);
  });

  it('is finished by a blocked prompt', () => {
    expect(factsOf({ promptFeedback: { blockReason: 'SAFETY' } })).toEqual({ ...nothing, finished: true });
  });

  it("takes no function call's arguments for its own keys", () => {
    const args = { usageMetadata: usage, finishReason: 'STOP', blockReason: 'SAFETY', error: { code: 1 } };

    expect(factsOf({ candidates: [{ content: { parts: [{ functionCall: { name: 'f', args } }] } }] })).toEqual(nothing);
  });

  it('knows an error, bare or named', () => {
    expect(factsOf('{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}').failed).toBe(true);
    expect(factsOf(' {\n  "error" : {"code":429}}').failed).toBe(true);
    expect(factsOf('{"error":null}').failed).toBe(false);
    const named = createGeminiObserver();
    named.inspect('error', Buffer.from('{"message":"overloaded"}'));
    expect(named.failed).toBe(true);
  });

  it.each([[''], ['x'], ['[]'], ['[DONE]'], ['null'], ['{'], ['}'], ['{"usageMetadata":'], ['{"finishReason" x}']])(
    'calls %j malformed',
    event => {
      expect(factsOf(event)).toEqual({ ...nothing, malformed: true });
    },
  );

  it('does not mind blanks around an event', () => {
    expect(factsOf(`\n {"usageMetadata":${JSON.stringify(usage)}} \r\n`)).toMatchObject({
      malformed: false,
      usage: { input: 4 },
    });
  });
});

describe('the usage of a Gemini stream', () => {
  const counted = (event: object) => ({ ...event, usageMetadata: usage });
  const second = (finishReason?: string) => ({ candidates: [{ finishReason, index: 1 }] });

  it.each([
    ['a count, which every event has', [counted(text('a'))], false, false],
    ['a reason to end without a count', [counted(text('a')), text('b', 'STOP')], false, true],
    ['a reason to end with a count', [counted(text('a')), counted(text('b', 'STOP'))], true, true],
    ['a count behind the reason to end', [text('b', 'STOP'), { usageMetadata: usage }], true, true],
    ['the end of one candidate of two', [counted(second()), counted(text('b', 'STOP'))], false, false],
    ['the end of both', [counted(second()), counted(text('b', 'STOP')), counted(second('STOP'))], true, true],
    ['a blocked prompt', [counted({ promptFeedback: { blockReason: 'SAFETY' } })], true, true],
  ])('is the last word behind %s: %#', (_, events, usageFinal, ending) => {
    const facts = createGeminiObserver();
    for (const event of events) facts.inspect(null, Buffer.from(JSON.stringify(event)));

    expect({ usageFinal: facts.usageFinal, ending: facts.ending }).toEqual({ usageFinal, ending });
  });
});
