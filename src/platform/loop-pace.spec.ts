import { LoopPace } from './loop-pace.js';

/** A pace of ten bytes a turn, and what turns it. */
function turning() {
  const due: (() => void)[] = [];
  const pace = new LoopPace(10, go => due.push(go));
  const done: string[] = [];
  const go = (name: string) => () => done.push(name);
  const turn = () => {
    const now = due.splice(0);
    for (const each of now) each();
    return now.length;
  };
  return { pace, done, go, turn };
}

describe('the pace of the event loop', () => {
  it('has room at once for what a turn may move, and lets the rest go on in the turns after it, in their order', () => {
    const { pace, done, go, turn } = turning();
    for (const name of ['a', 'b', 'c', 'd', 'e']) pace.take(6, go(name));
    expect(done).toEqual(['a', 'b']);
    turn();
    expect(done).toEqual(['a', 'b', 'c', 'd']);
    turn();
    expect(done).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('tells anyone who moved bytes already whether there is room for more', () => {
    const { pace, turn } = turning();
    expect([pace.spend(4), pace.spend(5), pace.spend(1), pace.spend(1)]).toEqual([true, true, false, false]);
    turn();
    expect(pace.spend(9)).toBe(true);
  });

  it('has no room for a newcomer while others wait', () => {
    const { pace, done, go, turn } = turning();
    pace.await(20, go('first'));
    expect(pace.spend(1)).toBe(false);
    pace.take(1, go('second'));
    expect(done).toEqual([]);
    turn();
    expect(done).toEqual(['first']);
    turn();
    expect(done).toEqual(['first', 'second']);
  });

  it('lets a step through that is larger than a turn', () => {
    const { pace, done, go, turn } = turning();
    for (const name of ['a', 'b', 'c']) pace.await(1_000, go(name));
    expect([turn(), turn(), turn()]).toEqual([1, 1, 1]);
    expect(done).toEqual(['a', 'b', 'c']);
  });

  it('leaves the loop alone while nothing is moved', () => {
    const { pace, turn } = turning();
    expect(turn()).toBe(0);
    pace.spend(1);
    expect([turn(), turn()]).toEqual([1, 0]);
  });

  it('goes on with the steps that a step asks for, turn by turn', async () => {
    const { pace, turn } = turning();
    let steps = 0;
    const next = () => {
      steps += 1;
      if (steps < 6) pace.take(5, next);
    };
    pace.take(5, next);
    const after = [steps];
    while (turn() > 0) after.push(steps);
    expect(after).toEqual([2, 4, 6, 6]);
    await expect(pace.room(1)).resolves.toBeUndefined();
  });
});
