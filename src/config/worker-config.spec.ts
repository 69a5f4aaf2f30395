import { AppConfig } from './app-config.js';
import { EnvironmentError, readEnvironment } from './read-environment.js';
import { divideConfig } from './worker-config.js';
import { workerCount } from './worker-environment.js';

const problemsOf = (source: Record<string, string>): readonly string[] => {
  try {
    readEnvironment(source);
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems;
    throw error;
  }
};
const countOf = (source: Record<string, string>, processors: number) =>
  workerCount(readEnvironment(source), processors);

describe('BOUGH_WORKERS', () => {
  it.each(['1', '2', '10', 'auto', ' auto '])('may be %s', value => {
    expect(problemsOf({ BOUGH_WORKERS: value })).toEqual([]);
  });

  it.each(['0', '-1', '65', '1.5', 'two', 'Auto', '2,3'])('may not be %s', value => {
    expect(problemsOf({ BOUGH_WORKERS: value })).toEqual(['BOUGH_WORKERS must be auto or a whole number from 1 to 64']);
  });

  it.each([
    [{ BOUGH_DATABASE_POOL: '3' }, 'BOUGH_DATABASE_POOL'],
    [{ BOUGH_UPSTREAM_CONNECTIONS: '3' }, 'BOUGH_UPSTREAM_CONNECTIONS'],
    [{ BOUGH_BODY_BUDGET_BYTES: '134217727' }, 'BOUGH_BODY_BUDGET_BYTES'],
    [{ BOUGH_SPOOL_MAX_BYTES: '4194303' }, 'BOUGH_SPOOL_MAX_BYTES'],
  ])('is too many where %j does not suffice', (source, name) => {
    expect(problemsOf({ BOUGH_WORKERS: '4', ...(source as Record<string, string>) })).toEqual([
      expect.stringMatching(
        new RegExp(`^${name} is divided among BOUGH_WORKERS and must have .*: raise it, or set fewer`),
      ),
    ]);
    expect(problemsOf({ BOUGH_WORKERS: '3', ...(source as Record<string, string>) })).toEqual([]);
    expect(countOf({ BOUGH_WORKERS: 'auto', ...(source as Record<string, string>) }, 8)).toBe(3);
  });

  it('is one process unless it is set, and one a processor where it is auto', () => {
    expect(countOf({}, 8)).toBe(1);
    expect(countOf({ BOUGH_WORKERS: '5' }, 8)).toBe(5);
    expect(countOf({ BOUGH_WORKERS: 'auto' }, 8)).toBe(8);
    expect(countOf({ BOUGH_WORKERS: 'auto' }, 1)).toBe(1);
    expect(countOf({ BOUGH_WORKERS: 'auto', BOUGH_DATABASE_POOL: '500', BOUGH_MAX_BODY_BYTES: '1024' }, 500)).toBe(64);
    expect(countOf({ BOUGH_WORKERS: 'auto', BOUGH_BODY_BUDGET_BYTES: '1024' }, 8)).toBe(1);
  });
});

describe('what is divided', () => {
  const config = AppConfig.fromEnvironment({
    BOUGH_WORKERS: '4',
    BOUGH_DATABASE_POOL: '10',
    BOUGH_UPSTREAM_CONNECTIONS: '7',
    BOUGH_BODY_BUDGET_BYTES: '536870913',
    BOUGH_SPOOL_MAX_BYTES: '268435459',
  });
  const parts = [0, 1, 2, 3].map(index => divideConfig(config, { index, count: 4 }));

  it.each(['databasePool', 'upstreamConnections', 'bodyBudgetBytes', 'spoolMaxBytes'] as const)(
    'is %s, evenly, and the sum is what was configured',
    name => {
      const shares = parts.map(part => part[name]);
      expect(shares.reduce((sum, part) => sum + part, 0)).toBe(config[name]);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    },
  );

  it('is nothing else, and least of all a limit', () => {
    for (const part of parts) {
      const { databasePool, upstreamConnections, bodyBudgetBytes, spoolMaxBytes } = config;
      expect({ ...part, databasePool, upstreamConnections, bodyBudgetBytes, spoolMaxBytes }).toEqual({ ...config });
      expect(part).toBeInstanceOf(AppConfig);
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});
