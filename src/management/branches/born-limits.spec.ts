import { matchesPattern, smallestMatches } from './born-limits.js';

describe('a pattern of branch names', () => {
  it.each([
    ['preview/*', 'preview/pr-42', true],
    ['preview/*', 'preview/a/b', true],
    ['preview/*', 'preview/', true],
    ['preview/*', 'a/preview/b', false],
    ['preview/*', 'Preview/x', false],
    ['preview', 'preview', true],
    ['preview', 'preview/x', false],
    ['*', '', true],
    ['*', 'anything/at all', true],
    ['*/dev', 'ann/dev', true],
    ['*/dev', 'ann/dev2', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['ab*ba', 'aba', false],
    ['ab*ba', 'abba', true],
    ['a**b', 'a.b', true],
    ['a.c', 'abc', false],
    ['a?[b]$', 'a?[b]$', true],
    ['a?[b]$', 'axb', false],
  ])('%s and %s: %s', (pattern, name, matches) => {
    expect(matchesPattern(pattern, name)).toBe(matches);
  });

  // One that goes back at every star would not end within a lifetime.
  it('comes to an end with a pattern that was made to take long', () => {
    expect(matchesPattern(`${'*a'.repeat(99)}b*`, 'a'.repeat(100_000))).toBe(false);
  });
});

it('the smallest of each kind and model wins, wherever it stands', () => {
  const row = (pattern: string, kind: string, value: bigint, modelId = '', hard = false) => {
    return { pattern, kind, value, modelId, hard };
  };
  const rows = [
    row('p*', 'spend_per_day', 5n),
    row('preview/*', 'spend_per_day', 2n),
    row('*', 'spend_per_day', 3n),
    row('p*', 'spend_per_day', 9n, 'gpt-5'),
    row('main', 'tokens_per_minute', 1n),
  ];
  expect(smallestMatches(rows, 'preview/1')).toEqual([rows[1], rows[3]]);
  // What one of them forbids, another does not allow.
  const strict = row('preview/*', 'spend_per_day', 7n, '', true);
  expect(smallestMatches([...rows, strict], 'preview/1')).toEqual([{ ...rows[1], hard: true }, rows[3]]);
});
