import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { Environment, ENVIRONMENT_VARIABLES, SUPPLIED_SECRET } from './environment.js';
import { oidcProblems } from './oidc-problems.js';
import { providerProblems } from './provider-environment.js';
import { workerProblems } from './worker-environment.js';

/** Former names of variables, and what they are called now. */
const RENAMED: ReadonlyMap<string, string> = new Map([['BOUGH_OTHER_MASTER_KEY', 'BOUGH_PREVIOUS_MASTER_KEY']]);

/** All bad variables at once. The message names them and says what is wanted, never what was given. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';

  constructor(readonly problems: readonly string[]) {
    super(`The environment is not usable:\n${problems.map(problem => `  - ${problem}`).join('\n')}`);
  }
}

/**
 * Reads and checks the environment. An empty variable counts as absent.
 * @throws {EnvironmentError} with one line for every bad variable
 */
export function readEnvironment(source: Record<string, string | undefined>): Environment {
  const given = Object.fromEntries(
    ENVIRONMENT_VARIABLES.flatMap(name => {
      const value = source[name];
      return value === undefined || value.trim() === '' ? [] : [[name, value.trim()]];
    }),
  );
  const environment = plainToInstance(Environment, given, { exposeDefaultValues: true });
  const problems = [...validateSync(environment).map(describe), ...crossChecks(environment), ...misspelt(source)];
  if (problems.length > 0) throw new EnvironmentError(problems);
  return environment;
}

function describe(error: ValidationError): string {
  return `${error.property} ${Object.values(error.constraints ?? {})[0] ?? 'is invalid'}`;
}

/** A BOUGH_ variable that nothing reads is a typing error that would otherwise be a silent default. */
function misspelt(source: Record<string, string | undefined>): string[] {
  return Object.keys(source)
    .filter(
      name =>
        name.startsWith('BOUGH_') &&
        !name.startsWith('BOUGH_TEST_') &&
        !name.startsWith(SUPPLIED_SECRET) &&
        !ENVIRONMENT_VARIABLES.includes(name),
    )
    .map(name => {
      const now = RENAMED.get(name);
      return now === undefined
        ? `${name} is not a variable of Bough; see docs/configuration.md for the list`
        : `${name} is called ${now} now`;
    });
}

function crossChecks(environment: Environment): string[] {
  const { NODE_ENV, BOUGH_MASTER_KEY: masterKey, BOUGH_ALLOWED_HTTP_UPSTREAMS: allowed } = environment;
  const { BOUGH_PREVIOUS_MASTER_KEY: previousKey } = environment;
  const production = NODE_ENV === 'production';
  if (environment.BOUGH_OWNER_DATABASE_URL !== undefined && environment.DATABASE_URL === undefined) {
    return ['BOUGH_OWNER_DATABASE_URL needs DATABASE_URL: another user of the same database, who serves requests'];
  }
  const problems = [
    ...providerProblems(environment, allowed, production),
    ...oidcProblems(environment),
    ...workerProblems(environment),
  ];
  if (previousKey !== undefined && masterKey === undefined)
    problems.push('BOUGH_PREVIOUS_MASTER_KEY needs BOUGH_MASTER_KEY');
  if (previousKey !== undefined && previousKey === masterKey) {
    problems.push('BOUGH_PREVIOUS_MASTER_KEY is the same as BOUGH_MASTER_KEY: give the former key, or the next one');
  }
  if (!production || masterKey !== undefined) return problems;
  return ['BOUGH_MASTER_KEY is required in production: 32 characters or more that encrypt stored secrets', ...problems];
}
