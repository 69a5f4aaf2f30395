import { inOrder } from './order.js';

const target = (name: string, priority: number, weight: number) => ({ name, priority, weight });
type Named = ReturnType<typeof target>;
const NEVER = () => {
  throw new Error('nothing is drawn');
};

/** Draws these tickets in turn, and notes of how many each was one. */
function tickets(...drawn: number[]) {
  const asked: number[] = [];
  const below = (limit: number) => {
    asked.push(limit);
    return drawn.shift() ?? 0;
  };
  return { asked, below };
}

const names = (targets: readonly Named[], below: (limit: number) => number) =>
  inOrder(targets, below).map(({ name }) => name);

describe('the order of targets', () => {
  it.each([
    ['the lowest first', [target('b', 2, 1), target('a', 1, 1), target('c', 3, 1)], ['a', 'b', 'c']],
    ['zero before one', [target('one', 1, 1), target('zero', 0, 1)], ['zero', 'one']],
    ['as numbers', [target('ten', 10, 1), target('nine', 9, 1)], ['nine', 'ten']],
    ['whatever they weigh', [target('light', 1, 1), target('heavy', 2, 100)], ['light', 'heavy']],
  ])('goes by priority, %s', (_, targets, order) => {
    expect(names(targets, () => 0)).toEqual(order);
  });

  it.each([
    [0, 'a'],
    [1, 'b'],
    [2, 'b'],
    [3, 'b'],
    [4, 'c'],
    [9, 'c'],
  ])('within a priority goes by weight: of ten, ticket %i draws %s', (ticket, first) => {
    const { asked, below } = tickets(ticket);
    expect(names([target('a', 1, 1), target('b', 1, 3), target('c', 1, 6)], below)[0]).toBe(first);
    expect(asked[0]).toBe(10);
  });

  it('gives each as many of all tickets as it weighs', () => {
    const counts = { a: 0, b: 0 };
    for (let ticket = 0; ticket < 100; ticket += 1) {
      const [first] = inOrder([target('a', 1, 90), target('b', 1, 10)], tickets(ticket).below);
      counts[first?.name as 'a' | 'b'] += 1;
    }
    expect(counts).toEqual({ a: 90, b: 10 });
  });

  it('draws the fallbacks from those that are left, by their weight', () => {
    const { asked, below } = tickets(9, 1, 0);
    expect(names([target('a', 1, 1), target('b', 1, 3), target('c', 1, 6)], below)).toEqual(['c', 'b', 'a']);
    expect(asked).toEqual([10, 4, 1]);
  });

  it('draws within each priority alone', () => {
    const { asked, below } = tickets(5, 0, 3, 0);
    const targets = [target('c', 2, 3), target('a', 1, 2), target('d', 2, 4), target('b', 1, 4)];
    expect(names(targets, below)).toEqual(['b', 'a', 'd', 'c']);
    expect(asked).toEqual([6, 2, 7, 3]);
  });

  it('names every target once, and leaves what it was given as it was', () => {
    const targets = [target('a', 1, 1), target('b', 1, 1), target('c', 0, 1)];
    const before = [...targets];
    expect(names(targets, limit => limit - 1)).toEqual(['c', 'b', 'a']);
    expect(targets).toEqual(before);
  });

  it.each([[[]], [[target('a', 1, 5)]]])('draws nothing where there is nothing to choose: %j', targets => {
    const order = inOrder<Named>(targets, NEVER);
    expect(order).toEqual(targets);
    expect(order).not.toBe(targets);
  });
});
