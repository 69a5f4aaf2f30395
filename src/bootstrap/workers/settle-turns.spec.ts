import type { SettleTurn } from './messages.js';
import { SettleTurns } from './settle-turns.js';

const DEMO = { projectId: 'p', mainBranchId: 'br-main', token: 't', managementKey: 'k' };

function start() {
  const turns = new SettleTurns();
  const given: string[] = [];
  const ask = (worker: number) =>
    void turns.ask(worker).then((turn: SettleTurn) => given.push(`${worker} ${turn.settled ? 'follows' : 'settles'}`));
  return { turns, given, ask };
}
const turn = () => new Promise(resolve => setImmediate(resolve));

describe('the installation', () => {
  it('is settled by the first that asks, and the others follow', async () => {
    const { turns, given, ask } = start();
    for (const worker of [1, 2, 3]) ask(worker);
    await turn();
    expect(given).toEqual(['1 settles']);

    turns.done(DEMO);
    await turn();
    expect(given).toEqual(['1 settles', '2 follows', '3 follows']);
    expect(await turns.ask(4)).toEqual({ settled: true, demo: DEMO });
  });

  it('is settled by the next where the first dies at it', async () => {
    const { turns, given, ask } = start();
    for (const worker of [1, 2, 3]) ask(worker);
    turns.forget(2);
    turns.forget(1);
    await turn();
    expect(given).toEqual(['1 settles', '3 settles']);
  });

  it('is settled by the next one where nobody waited', async () => {
    const { turns, given, ask } = start();
    ask(1);
    turns.forget(1);
    ask(2);
    await turn();
    expect(given).toEqual(['1 settles', '2 settles']);
  });

  it('stays settled when the one that did it dies later', async () => {
    const { turns } = start();
    await turns.ask(1);
    turns.done(null);
    turns.forget(1);
    expect(await turns.ask(2)).toEqual({ settled: true, demo: null });
  });
});
