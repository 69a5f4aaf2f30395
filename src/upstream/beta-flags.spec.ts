import { splitBetaFlags } from './beta-flags.js';

it.each([
  ['every flag where all are allowed', 'a-2025-01-01, b-2025-02-02', ['*'], ['a-2025-01-01', 'b-2025-02-02'], []],
  ['none where none is', 'a-1,b-2', [], [], ['a-1', 'b-2']],
  ['those that are named whole', 'a-1,b-2', ['b-2'], ['b-2'], ['a-1']],
  ['those whose beginning is named', 'context-1m-2025-08-07,a-1', ['context-*'], ['context-1m-2025-08-07'], ['a-1']],
  ['a name that only begins like an allowed one: not', 'b-23', ['b-2'], [], ['b-23']],
  ['each once', 'a-1, a-1,,', ['*'], ['a-1'], []],
  ['nothing that is no flag', 'a b,"c",ä', ['*'], [], ['a b', '"c"', 'ä']],
  ['nothing of nothing', undefined, ['*'], [], []],
])('lets through %s', (_, header, allowed, passed, withheld) => {
  expect(splitBetaFlags(header, allowed)).toEqual({ passed, withheld });
});
