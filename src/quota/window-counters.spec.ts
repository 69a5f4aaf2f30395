import { WindowCounters } from './window-counters.js';

describe('a counter', () => {
  it('starts each window at nothing', () => {
    const counter = new WindowCounters().get('key');
    counter.add(7, 5);
    counter.add(7, 2);

    expect(counter.takenIn(7)).toBe(7);
    expect(counter.takenIn(8)).toBe(0);
    counter.add(8, 1);
    expect(counter.takenIn(8)).toBe(1);
  });

  it('ignores a correction for a window that is over', () => {
    const counter = new WindowCounters().get('key');
    counter.add(7, 5);
    counter.add(8, 1);
    counter.correct(7, 100);

    expect(counter.takenIn(8)).toBe(1);
  });
});

describe('the counters', () => {
  it('forget what has no part in the present window, and nothing else', () => {
    const counters = new WindowCounters();
    for (let index = 0; index < 10_000; index += 1) counters.get(`old ${index}`).add(1, 1);
    const present = counters.get('present');
    present.add(2, 3);

    expect(counters.sweep(2)).toBe(true);
    expect(counters.size).toBe(1);
    expect(counters.get('present')).toBe(present);
  });

  it('are not swept while they are few', () => {
    const counters = new WindowCounters();
    counters.get('old').add(1, 1);

    expect(counters.sweep(2)).toBe(false);
    expect(counters.size).toBe(1);
  });

  it('grow no further than asked', () => {
    const counters = new WindowCounters();
    const first = counters.getWithin('first', 1);

    expect(counters.getWithin('second', 1)).toBeNull();
    expect(counters.getWithin('first', 1)).toBe(first);
  });
});
