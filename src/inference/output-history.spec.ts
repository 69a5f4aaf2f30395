import type { AppConfig } from '../config/app-config.js';
import { FakeClock } from '../../test/support/fake-clock.js';
import { OutputHistory } from './output-history.js';

const HOUR_MS = 3_600_000;
const FLOOR = 100;

function start(percentile = 95) {
  const clock = new FakeClock(0);
  const config = { reservedOutputTokens: FLOOR, reservedOutputPercentile: percentile } as AppConfig;
  return { clock, history: new OutputHistory(config, clock) };
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

describe('the length of an answer that is likely', () => {
  it('is the floor while nothing was seen, and known for a guess', () => {
    expect(start().history.likely('m', 'a')).toEqual({ tokens: FLOOR, learned: false });
  });

  it('is never below the floor, nor below the longest of few', () => {
    const { history } = start();
    for (let answer = 0; answer < 10; answer += 1) history.observe('m', 'a', 5);
    expect(history.likely('m', 'a')).toEqual({ tokens: FLOOR, learned: true });

    history.observe('m', 'a', 20_000);
    expect(history.likely('m', 'a').tokens).toBeGreaterThanOrEqual(20_000);
    expect(history.likely('m', 'a').tokens).toBeLessThan(20_000 * 1.2);
  });

  it('is that of the credential and model once there is enough of it, and of the model before', () => {
    const { history } = start();
    for (let answer = 0; answer < 5; answer += 1) history.observe('m', 'long', 8_192);
    expect(history.likely('m', 'new')).toEqual({ tokens: 8_192, learned: true });
    expect(history.likely('other', 'new')).toEqual({ tokens: FLOOR, learned: false });

    for (let answer = 0; answer < 5; answer += 1) history.observe('m', 'short', 128);
    expect(history.likely('m', 'short')).toEqual({ tokens: 128, learned: true });
    expect(history.likely('m', 'long')).toEqual({ tokens: 8_192, learned: true });
  });

  it.each([
    ['uniform', (chance: () => number) => 1 + chance() * 30_000],
    ['log-uniform', (chance: () => number) => Math.exp(chance() * 12)],
    ['of two kinds', (chance: () => number) => (chance() < 0.9 ? 50 : 60_000)],
    ['constant', () => 777],
    ['beyond all reason', (chance: () => number) => (chance() < 0.5 ? 9e15 : 12.5)],
  ])('covers the share that it states of answers whose lengths are %s', (name, draw) => {
    for (const percentile of [50, 80, 95, 99, 100]) {
      for (const seed of [1, 2, 3]) {
        const { clock, history } = start(percentile);
        const chance = random(seed);
        const lengths = Array.from({ length: 500 }, () => Math.ceil(draw(chance)));
        for (const length of lengths) {
          clock.time += 10;
          history.observe('m', 'a', length);
        }
        const { tokens } = history.likely('m', 'a');
        // Answers of one moment weigh the same; over five seconds they differ by a thousandth.
        const covered = lengths.filter(length => length <= tokens || length > 2_000_000).length / lengths.length;
        expect([name, percentile, covered >= percentile / 100 - 0.002]).toEqual([name, percentile, true]);
      }
    }
  });

  it('forgets: what was an hour ago counts half, and what was long ago is no history any more', () => {
    const { clock, history } = start(50);
    for (let answer = 0; answer < 30; answer += 1) history.observe('m', 'a', 4_096);
    clock.time += HOUR_MS;
    for (let answer = 0; answer < 14; answer += 1) history.observe('m', 'a', 256);
    expect(history.likely('m', 'a').tokens).toBe(4_096);
    for (let answer = 0; answer < 2; answer += 1) history.observe('m', 'a', 256);
    expect(history.likely('m', 'a').tokens).toBe(256);

    clock.time += 12 * HOUR_MS;
    expect(history.likely('m', 'a').learned).toBe(false);
  });

  it('goes on over years of the same process', () => {
    const { clock, history } = start();
    for (let day = 0; day < 1_000; day += 1) {
      clock.time += 24 * HOUR_MS;
      for (let answer = 0; answer < 6; answer += 1) history.observe('m', 'a', 1_024 + day);
    }
    expect(history.likely('m', 'a')).toEqual({ tokens: expect.any(Number), learned: true });
    expect(history.likely('m', 'a').tokens).toBeGreaterThanOrEqual(2_023);
    expect(history.likely('m', 'a').tokens).toBeLessThanOrEqual(2_435);
  });

  it('learns nothing from an answer without a length', () => {
    const { history } = start();
    for (const length of [0, -1, Number.NaN]) history.observe('m', 'a', length);
    expect(history.likely('m', 'a')).toEqual({ tokens: FLOOR, learned: false });
  });

  it('is kept for the callers that were heard of last, so that memory has a bound', () => {
    const { history } = start();
    for (let answer = 0; answer < 5; answer += 1) history.observe('m', 'first', 8_192);
    for (let credential = 0; credential < 5_000; credential += 1) {
      for (let answer = 0; answer < 5; answer += 1) history.observe('m', `nak_${credential}`, 128);
    }
    // Its own history is gone; the model's says little of it among 25,000.
    expect(history.likely('m', 'first').tokens).toBe(128);
    expect(history.likely('m', 'nak_4999').tokens).toBe(128);
  });
});
