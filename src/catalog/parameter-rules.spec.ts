import { brokenRules, readParameterRules } from './parameter-rules.js';

const broken = (rules: string[], request: Record<string, unknown>) =>
  brokenRules(readParameterRules(rules), name => (name in request ? JSON.stringify(request[name]) : null)).map(
    ({ field }) => field,
  );

describe('the parameters that a model rejects', () => {
  it.each([
    ['any value', ['seed'], { seed: 7 }, ['seed']],
    ['null, which says nothing', ['seed'], { seed: null }, []],
    ['absence', ['seed'], {}, []],
    ['another value than the only one', ['temperature!=1'], { temperature: 0.2 }, ['temperature']],
    ['the only value, however written', ['temperature!=1'], { temperature: 1.0 }, []],
    ['one value of several', ['reasoning_effort=none'], { reasoning_effort: 'none' }, ['reasoning_effort']],
    ['its neighbours', ['reasoning_effort=none'], { reasoning_effort: 'low' }, []],
    ['two that exclude each other', ['temperature+top_p'], { temperature: 0.1, top_p: 0.9 }, ['top_p']],
    ['one of those two', ['temperature+top_p'], { top_p: 0.9 }, []],
    ['a penalty of nothing', ['frequency_penalty'], { frequency_penalty: 0 }, []],
    ['a penalty', ['frequency_penalty'], { frequency_penalty: 0.5 }, ['frequency_penalty']],
    ['several rules', ['seed', 'stop'], { seed: 1, stop: ['x'] }, ['seed', 'stop']],
  ])('are told by their rules: %s', (_, rules, request, fields) => {
    expect(broken(rules, request)).toEqual(fields);
  });

  it('are none where the catalog says nothing that can be read', () => {
    expect(readParameterRules(undefined)).toEqual([]);
    expect(readParameterRules(['', 'Temperature', 7, 'a b'])).toEqual([]);
  });
});
