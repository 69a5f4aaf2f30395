import { SharedTimer } from './shared-timers.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => {
  jest.runOnlyPendingTimers();
  jest.useRealTimers();
});

function noted() {
  const events: string[] = [];
  return { events, note: (name: string) => () => void events.push(name) };
}

describe('Shared timers', () => {
  it('fire once, in the order in which they end, whatever their duration', () => {
    const { events, note } = noted();
    SharedTimer.after(30, note('30'));
    SharedTimer.after(10, note('10'));
    jest.advanceTimersByTime(5);
    SharedTimer.after(10, note('15'));

    jest.advanceTimersByTime(4);
    expect(events).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(events).toEqual(['10']);
    jest.advanceTimersByTime(1_000);
    expect(events).toEqual(['10', '15', '30']);
  });

  it('take one timer of Node for each duration', () => {
    for (let index = 0; index < 100; index += 1) SharedTimer.after(50, () => undefined);
    SharedTimer.after(70, () => undefined);

    expect(jest.getTimerCount()).toBe(2);
    jest.advanceTimersByTime(70);
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([0, 1, 2])('are cancelled wherever they stand in their list (%i)', index => {
    const { events, note } = noted();
    const timers = ['a', 'b', 'c'].map(name => SharedTimer.after(10, note(name)));
    timers[index]?.cancel();
    timers[index]?.cancel();

    jest.advanceTimersByTime(50);
    expect(events).toEqual(['a', 'b', 'c'].toSpliced(index, 1));
  });

  it('begin anew when they are refreshed, also once they have fired or were cancelled', () => {
    const { events, note } = noted();
    const timer = SharedTimer.after(10, note('fired'));
    SharedTimer.after(10, note('other'));
    jest.advanceTimersByTime(9);
    timer.refresh();
    jest.advanceTimersByTime(9);
    expect(events).toEqual(['other']);
    jest.advanceTimersByTime(1);
    expect(events).toEqual(['other', 'fired']);

    timer.refresh();
    timer.cancel();
    jest.advanceTimersByTime(50);
    timer.refresh();
    jest.advanceTimersByTime(10);
    expect(events).toEqual(['other', 'fired', 'fired']);
  });

  it('repeat until they are cancelled, by their own callback too', () => {
    let times = 0;
    const timer = SharedTimer.every(10, () => {
      times += 1;
      if (times === 3) timer.cancel();
    });

    jest.advanceTimersByTime(29);
    expect(times).toBe(2);
    jest.advanceTimersByTime(100);
    expect(times).toBe(3);
  });

  it('fire behind one that throws', () => {
    const { events, note } = noted();
    SharedTimer.after(10, () => {
      throw new Error('of a callback');
    });
    SharedTimer.after(10, note('next'));

    expect(() => jest.advanceTimersByTime(10)).toThrow('of a callback');
    jest.advanceTimersByTime(10);
    expect(events).toEqual(['next']);
  });

  it('come at most a second late where they are long, and never early', () => {
    const { events, note } = noted();
    SharedTimer.after(599_999.7, note('long'));

    jest.advanceTimersByTime(599_999);
    expect(events).toEqual([]);
    jest.advanceTimersByTime(1_001);
    expect(events).toEqual(['long']);
  });
});
