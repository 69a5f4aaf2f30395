// Loaded into the program before it starts: writes a line with the time for each statement that it sends to Postgres.
const { appendFileSync } = require('node:fs');
const pg = require('pg');

const file = process.env.COUNT_STATEMENTS_FILE;
const query = Reflect.get(pg.Client.prototype, 'query');
pg.Client.prototype.query = function counted(statement, ...rest) {
  appendFileSync(file, `${Date.now()}\n`);
  return query.call(this, statement, ...rest);
};
