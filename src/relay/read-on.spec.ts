import { CATCH_UP_BYTES, hasBacklog, nextReadOn, type ReadOnStage, type ReadOnStep } from './read-on.js';

describe('a stream that is no longer relayed', () => {
  const drain = { withinMs: 750, maxBytes: 1_000 };
  const none = { withinMs: 0, maxBytes: 1_000 };

  type Said = 'goes on' | 'ends' | 'usage' | 'ends with usage' | 'stopped';
  it.each<[ReadOnStage | null, boolean, Said, number, typeof drain, ReadOnStep]>([
    [null, false, 'goes on', 0, drain, 'abandon'],
    [null, true, 'goes on', 0, drain, 'catch_up'],
    [null, true, 'goes on', 0, none, 'catch_up'],
    [null, false, 'ends', 0, drain, 'drain'],
    [null, true, 'ends', 0, drain, 'drain'],
    [null, false, 'ends', 0, none, 'abandon'],
    [null, true, 'ends', 0, none, 'catch_up'],
    [null, true, 'usage', 0, drain, 'abandon'],
    [null, true, 'ends with usage', 0, drain, 'abandon'],
    [null, true, 'stopped', 0, drain, 'abandon'],
    ['catch_up', true, 'goes on', CATCH_UP_BYTES, drain, 'catch_up'],
    ['catch_up', false, 'goes on', 1, drain, 'catch_up'],
    ['catch_up', true, 'goes on', CATCH_UP_BYTES + 1, drain, 'abandon'],
    ['catch_up', true, 'ends', CATCH_UP_BYTES + 1, drain, 'drain'],
    ['catch_up', true, 'ends', 1, none, 'catch_up'],
    ['catch_up', true, 'ends', CATCH_UP_BYTES + 1, none, 'abandon'],
    ['catch_up', true, 'ends with usage', 1, drain, 'settle'],
    ['catch_up', true, 'usage', CATCH_UP_BYTES + 1, drain, 'settle'],
    ['catch_up', true, 'stopped', 1, drain, 'abandon'],
    ['drain', true, 'ends', 1_000, drain, 'drain'],
    ['drain', true, 'ends', 1_001, drain, 'abandon'],
    ['drain', true, 'goes on', 1, drain, 'abandon'],
    ['drain', false, 'ends with usage', 1_001, drain, 'settle'],
    ['drain', false, 'stopped', 1, drain, 'abandon'],
  ])('in stage %p, paused %p, %s after %i bytes', (stage, paused, said, bytes, within, step) => {
    const ending = said.startsWith('ends');
    const tap = { ending, usageFinal: said.endsWith('usage'), stopped: said === 'stopped' };
    expect(nextReadOn(tap, { stage, paused, bytes, drain: within })).toBe(step);
  });
});

describe('catching up', () => {
  it.each([
    [1, 16_384, true],
    [1, 16_383, false],
    [1, 0, false],
    [39, 16_384, true],
    [40, 1_000_000, false],
  ])('goes on after %i times, of which the last brought %i bytes: %p', (times, bytes, goesOn) => {
    expect(hasBacklog(times, bytes)).toBe(goesOn);
  });
});
