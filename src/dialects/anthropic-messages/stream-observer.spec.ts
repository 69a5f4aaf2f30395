import { createMessagesObserver } from './stream-observer.js';

const START =
  '{"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":8000,"cache_read_input_tokens":40,"output_tokens":2}}}';
const DELTA =
  '{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":250}}';
const TEXT = '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}';

/** The facts after these events, each `[name, data]`. */
function factsOf(...events: readonly (readonly [string | null, string])[]) {
  const facts = createMessagesObserver();
  for (const [name, data] of events) facts.inspect(name, Buffer.from(data));
  const { usage, finished, terminal, failed, malformed } = facts;
  return { usage, finished, terminal, failed, malformed };
}

const NOTHING = { usage: null, finished: false, terminal: false, failed: false, malformed: false };

describe('createMessagesObserver', () => {
  it('notes usage, reason and end of a whole stream', () => {
    expect(
      factsOf(
        ['message_start', START],
        ['content_block_start', '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}'],
        ['ping', '{"type": "ping"}'],
        ['content_block_delta', TEXT],
        ['content_block_stop', '{"type":"content_block_stop","index":0}'],
        ['message_delta', DELTA],
        ['message_stop', '{"type":"message_stop"}'],
      ),
    ).toEqual({
      usage: { input: 8000, cacheRead: 40, cacheWrite: 0, output: 250, reasoning: 0 },
      finished: true,
      terminal: true,
      failed: false,
      malformed: false,
    });
  });

  it('knows the input before the answer is done', () => {
    expect(factsOf(['message_start', START])).toMatchObject({
      usage: { input: 8000, output: 2 },
      finished: false,
      terminal: false,
    });
  });

  it('takes a message_delta without a reason for no end', () => {
    const delta = '{"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":3}}';

    expect(factsOf(['message_delta', delta])).toEqual(NOTHING);
  });

  it('reads events without a name by the type in their data, in any order of keys', () => {
    expect(factsOf([null, START], [null, DELTA], [null, ' {"x": 1, "type" : "message_stop"}\n'])).toMatchObject({
      usage: { input: 8000, output: 250 },
      finished: true,
      terminal: true,
      malformed: false,
    });
  });

  it('believes the data where the name differs', () => {
    expect(factsOf(['content_block_stop', '{"index":0,"type":"message_stop"}'])).toMatchObject({ terminal: true });
    expect(factsOf(['message_stop', TEXT])).toMatchObject({ terminal: false });
  });

  it('takes no text of the model for an event', () => {
    const text = (said: string) =>
      JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: said } });

    for (const said of ['message_stop', '{"type":"message_stop"}', 'error']) {
      expect(factsOf(['content_block_delta', text(said)], [null, text(said)])).toEqual(NOTHING);
      expect(factsOf([null, `{"delta":${JSON.stringify({ text: said })},"type":"content_block_delta"}`])).toEqual(
        NOTHING,
      );
    }
  });

  it.each([
    ['error', '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'],
    ['error', '{"error":{}}'],
    [null, '{"type":"error","error":{}}'],
  ])('notes an error event: %s %s', (name, data) => {
    expect(factsOf([name, data])).toEqual({ ...NOTHING, failed: true });
  });

  it.each([
    ['message_delta', '{"type":"message_delta",}'],
    ['message_start', '<html></html>'],
    ['content_block_delta', '{"type":"content_block_delta"'],
    ['content_block_stop', ''],
    ['message_stop', '[]'],
    [null, '<html>'],
    [null, '{"type":"message_stop",'],
  ])('notes what is no event of this dialect: %s %s', (name, data) => {
    expect(factsOf([name, data])).toMatchObject({ malformed: true, terminal: false, failed: false });
  });

  it.each([
    ['ping', ''],
    ['vendor_event', 'anything'],
    ['vendor_event', '{"type":"vendor_event"}'],
    [null, '[DONE]'],
    [null, '{"type":"vendor_event"}'],
  ])('lets an event pass that it does not know: %s %s', (name, data) => {
    expect(factsOf([name, data])).toEqual(NOTHING);
  });

  it('takes broken data of an error event for both', () => {
    expect(factsOf(['error', 'upstream gone'])).toMatchObject({ failed: true, malformed: true });
  });

  it('gives no usage that cannot be trusted', () => {
    expect(
      factsOf(['message_start', START], ['message_delta', '{"type":"message_delta","usage":{"output_tokens":1e999}}']),
    ).toMatchObject({ usage: null });
  });
});

describe('the usage of a Messages stream', () => {
  const ended = (usage: object) => JSON.stringify({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage });

  it.each([
    ['nothing', [], false],
    ['a start, whose count of output is a placeholder', [START], false],
    ['text', [START, TEXT], false],
    [
      'a count without a reason to end',
      [START, '{"type":"message_delta","delta":{},"usage":{"output_tokens":9}}'],
      false,
    ],
    ['a reason to end without a count', [START, '{"type":"message_delta","delta":{"stop_reason":"end_turn"}}'], false],
    ['a zero, which a bridge fills in', [START, ended({ output_tokens: 0 })], false],
    ['a reason to end with the count', [START, ended({ output_tokens: 9 })], true],
  ])('is the last word behind %s: %s', (_, events, final) => {
    const facts = createMessagesObserver();
    for (const data of events) facts.inspect(null, Buffer.from(data));

    expect(facts.usageFinal).toBe(final);
  });
});
