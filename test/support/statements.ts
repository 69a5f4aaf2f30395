import pg from 'pg';

export interface Statement {
  readonly text: string;
  readonly values: string;
}

/** Every statement that this process sends to Postgres from now on, and what is sent beside it. */
export class Statements {
  private readonly spy: jest.SpyInstance;

  constructor() {
    this.spy = jest.spyOn(pg.Client.prototype, 'query');
  }

  /** of a table, where one is named; the log of the tests' own statements is not told apart */
  seen(table = ''): Statement[] {
    return this.spy.mock.calls
      .map(([statement, values]: unknown[]) => statementOf(statement, values))
      .filter(({ text }) => text.includes(table));
  }

  forget(): void {
    this.spy.mockClear();
  }

  stop(): void {
    this.spy.mockRestore();
  }
}

function statementOf(statement: unknown, values: unknown): Statement {
  if (typeof statement === 'string') return { text: statement, values: JSON.stringify(values ?? []) };
  const { text = '', values: own } = statement as { text?: string; values?: unknown };
  return { text, values: JSON.stringify(own ?? values ?? []) };
}
