import type { AnswerBody } from '../upstream/decoded-body.js';
import type { BodySink } from '../upstream/exchange.js';
import { GatheredBody } from './gathered-body.js';

function room() {
  const events: string[] = [];
  let upstream: BodySink | undefined;
  const inner: AnswerBody = {
    attach: sink => void (upstream = sink),
    pause: () => void events.push('pause'),
    resume: () => void events.push('resume'),
  };
  const body = new GatheredBody(inner);
  body.attach({
    data: chunk => void events.push(chunk.toString()),
    end: () => void events.push('end'),
    fail: error => void events.push(error.message),
  });
  const bring = (...chunks: string[]) => chunks.forEach(chunk => upstream?.data(Buffer.from(chunk)));
  return { body, events, bring, end: () => upstream?.end(), fail: () => upstream?.fail(new Error('broken')) };
}

const turn = () => new Promise(resolve => setImmediate(resolve));

describe('The chunks of a stream that one read brought', () => {
  it('go on together, in order, before anything else of the event loop', async () => {
    const { events, bring } = room();
    bring('a', 'b', 'c');
    setImmediate(() => events.push('later'));
    expect(events).toEqual([]);
    await turn();
    expect(events).toEqual(['abc', 'later']);

    bring('d');
    await turn();
    bring('e');
    await turn();
    expect(events).toEqual(['abc', 'later', 'd', 'e']);
  });

  it.each(['end', 'fail'] as const)('go on before its %s, and once', async how => {
    const { events, bring, ...upstream } = room();
    bring('a', 'b');
    upstream[how]();
    await turn();
    expect(events).toEqual(['ab', how === 'end' ? 'end' : 'broken']);
  });

  it('hand the same buffer on where there is one alone', async () => {
    const seen: Buffer[] = [];
    let upstream: BodySink | undefined;
    const body = new GatheredBody({ attach: sink => void (upstream = sink), pause: () => {}, resume: () => {} });
    body.attach({ data: chunk => void seen.push(chunk), end: () => {}, fail: () => {} });
    const chunk = Buffer.from('alone');
    upstream?.data(chunk);
    await turn();
    expect(seen[0]).toBe(chunk);
  });

  it('stop and go on as their reader says', () => {
    const { body, events } = room();
    body.pause();
    body.resume();
    expect(events).toEqual(['pause', 'resume']);
  });
});
