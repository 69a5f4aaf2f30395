import { type Fleet, type FleetAction, type FleetEvent, MAX_SHORT_LIVES, openFleet, STABLE_MS, step } from './fleet.js';

const serves = (slot: number, at = 0): FleetEvent => ({ type: 'serves', slot, at });
const died = (slot: number, at = 0, code: number | null = null, failure?: string): FleetEvent => ({
  ...{ type: 'died', slot, at, code },
  ...(failure === undefined ? {} : { failure }),
});
const waited = (slot: number): FleetEvent => ({ type: 'waited', slot });
const STOP: FleetEvent = { type: 'stop' };

/** What each event makes two processes do. */
function run(events: readonly FleetEvent[], count = 2): { fleet: Fleet; actions: string[] } {
  let [fleet] = openFleet(count);
  const actions = events.map(event => {
    const [next, made] = step(fleet, event);
    fleet = next;
    return made.map(inWords).join(', ');
  });
  return { fleet, actions };
}

function inWords(action: FleetAction): string {
  if (action.type === 'fork') return `fork ${action.slot}`;
  if (action.type === 'wait') return `wait ${action.slot} ${action.ms}`;
  if (action.type === 'exit') return `exit ${action.code}${action.message === undefined ? '' : `: ${action.message}`}`;
  return action.type;
}

const LATER = STABLE_MS;
const SOON = STABLE_MS - 1;

describe('the processes behind one port', () => {
  it('are forked all at once', () => {
    expect(openFleet(3)[1].map(inWords)).toEqual(['fork 0', 'fork 1', 'fork 2']);
  });

  const table: [title: string, ...steps: [FleetEvent, string][]][] = [
    [
      'are announced once, when all serve',
      [serves(1), ''],
      [serves(0), 'announce'],
      [died(0, LATER), 'fork 0'],
      [serves(0), ''],
    ],
    [
      'one that has served for a while is replaced at once',
      [serves(0), ''],
      [serves(1), 'announce'],
      [died(1, LATER), 'fork 1'],
    ],
    [
      'one that ends soon is waited for, longer each time',
      [serves(0), ''],
      [serves(1), 'announce'],
      [died(1, SOON), 'wait 1 250'],
      [waited(1), 'fork 1'],
      [died(1), 'wait 1 500'],
      [waited(1), 'fork 1'],
      [died(1), 'wait 1 1000'],
    ],
    [
      'a long life forgives short ones',
      [serves(0), ''],
      [died(1), 'wait 1 250'],
      [waited(1), 'fork 1'],
      [died(1), 'wait 1 500'],
      [waited(1), 'fork 1'],
      [serves(1, 100), 'announce'],
      [died(1, 100 + LATER), 'fork 1'],
      [died(1), 'wait 1 250'],
    ],
    [
      'a first start that fails says so at once, with its own words',
      [died(1, 0, 1, 'no such database'), 'exit 1: no such database'],
      [died(0, 0, 1, 'no such database'), ''],
    ],
    [
      'a start that fails later is tried again while another serves',
      [serves(0), ''],
      [died(1, 0, 1, 'no such database'), 'wait 1 250'],
    ],
    [
      'a configuration that cannot be used is not tried again, not even while another serves',
      [serves(0), ''],
      [died(1, 0, 78, 'PORT is in use'), 'exit 78: PORT is in use'],
    ],
    ['all drain when told to stop', [serves(0), ''], [STOP, 'drain'], [died(0, 0, 0), ''], [died(1, 0, 0), 'exit 0']],
    [
      'a stop that is not clean is told by the code',
      [serves(0), ''],
      [STOP, 'drain'],
      [died(0, 0, null), ''],
      [died(1, 0, 0), 'exit 1'],
    ],
    ['nobody is replaced while they stop', [serves(0), ''], [STOP, 'drain'], [died(0, LATER, 0), ''], [waited(1), '']],
    ['who asks twice does not want to wait', [STOP, 'drain'], [STOP, 'exit 1'], [died(0), ''], [STOP, '']],
    [
      'a process that is waited for does not hold up the stop',
      [serves(0), ''],
      [died(1), 'wait 1 250'],
      [STOP, 'drain'],
      [died(0, 0, 0), 'exit 0'],
    ],
    [
      'a stop has nobody to wait for where all are waited for',
      [died(0), 'wait 0 250'],
      [died(1), 'wait 1 250'],
      [STOP, 'exit 0'],
    ],
  ];
  it.each(table)('%s', (_, ...steps) => {
    expect(run(steps.map(([event]) => event)).actions).toEqual(steps.map(([, action]) => action));
  });

  it('give up after so many ends in a row of one of them, where no other serves', () => {
    const deaths = Array.from({ length: MAX_SHORT_LIVES - 1 }, () => [died(0), waited(0)]).flat();
    const { actions } = run([...deaths, died(0)]);
    expect(actions.at(-2)).toBe('fork 0');
    expect(actions.at(-1)).toMatch(/^exit 1: Bough gives up: a worker process ended 5 times in a row as soon as/);
  });

  it('do not give up while another serves, and wait half a minute at most', () => {
    const deaths = Array.from({ length: 12 }, () => [died(0), waited(0)]).flat();
    const { actions, fleet } = run([serves(1), ...deaths, died(0)]);
    expect(actions.at(-1)).toBe('wait 0 30000');
    expect(fleet.phase).toBe('running');
  });

  it('say why the last one could not start, where it said so', () => {
    const deaths = Array.from({ length: MAX_SHORT_LIVES - 1 }, () => [died(0), waited(0)]).flat();
    const events = [serves(1), ...deaths, died(1, LATER), died(0, 0, 1, 'no such database')];
    expect(run(events).actions.at(-1)).toMatch(/no other serves\. no such database$/);
  });
});
