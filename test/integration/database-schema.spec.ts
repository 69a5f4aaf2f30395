import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { Prisma, PrismaClient } from '../../src/generated/prisma/client.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { readPrismaSchema, type SchemaField, type SchemaModel } from '../support/prisma-schema.js';

const TYPES: Record<string, string> = {
  String: 'text',
  Boolean: 'boolean',
  Int: 'integer',
  BigInt: 'bigint',
  Json: 'jsonb',
  Bytes: 'bytea',
  'Timestamptz(3)': 'timestamp(3) with time zone',
  Date: 'date',
  'Decimal(38, 0)': 'numeric(38,0)',
};
const RULES: Record<string, string> = { Restrict: 'RESTRICT', SetNull: 'SET NULL', Cascade: 'CASCADE' };

/** Fields that take no text but some. */
const BOUND: Record<string, string> = { 'ManagementKey.role': 'editor' };

/** What Prisma cannot say, and the migrations add. */
const BEYOND_PRISMA = [
  'CREATE INDEX blocks_holding_idx ON public.blocks USING btree (scope_type, scope_id) WHERE (lifted_at IS NULL)',
  'CREATE UNIQUE INDEX branches_living_default_key ON public.branches USING btree (project_id) WHERE (is_default AND (deleted_at IS NULL))',
  'CREATE UNIQUE INDEX branches_living_name_key ON public.branches USING btree (project_id, name) WHERE (deleted_at IS NULL)',
  'CREATE UNIQUE INDEX organizations_home_key ON public.organizations USING btree (home) WHERE home',
];

function columnType(field: SchemaField): string {
  const type = TYPES[field.native ?? field.type];
  if (type === undefined) throw new Error(`what type has ${field.name}?`);
  return field.list ? `${type}[]` : type;
}

function columnDefault({ default: value, type }: SchemaField): string | null {
  if (value === null) return null;
  if (value === 'now()') return 'CURRENT_TIMESTAMP';
  if (value === '[]') return 'ARRAY[]::text[]';
  return type === 'String' ? `'${value.slice(1, -1)}'::text` : value;
}

function columnsOf({ table, fields }: SchemaModel): string[] {
  return fields.map(field => {
    // Prisma's own migrations leave lists nullable, and read NULL as an empty one.
    const nullable = field.nullable || field.list;
    return `${table}.${field.column} ${columnType(field)} ${nullable ? 'NULL' : 'NOT NULL'} ${columnDefault(field)}`;
  });
}

function columnNames(model: SchemaModel, names: readonly string[]): string[] {
  return names.map(name => model.fields.find(field => field.name === name)?.column ?? `no field ${name}`);
}

function indexesOf(model: SchemaModel): string[] {
  const { table, fields, key, indexes } = model;
  const index = (unique: boolean, name: string, columns: readonly string[]) =>
    `CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${name} ON public.${table} USING btree (${columns.join(', ')})`;
  const single = fields.flatMap(({ id, unique, column }) => [
    ...(id ? [index(true, `${table}_pkey`, [column])] : []),
    ...(unique ? [index(true, `${table}_${column}_key`, [column])] : []),
  ]);
  const several = indexes.map(({ unique, fields: names }) => {
    const columns = columnNames(model, names);
    return index(unique, `${table}_${columns.join('_')}_${unique ? 'key' : 'idx'}`, columns);
  });
  const primary = key.length === 0 ? [] : [index(true, `${table}_pkey`, columnNames(model, key))];
  return [...single, ...primary, ...several];
}

function foreignKeysOf(model: SchemaModel, models: readonly SchemaModel[]): string[] {
  return model.relations.map(({ fields, target, references, onDelete }) => {
    const other = models.find(({ name }) => name === target);
    if (other === undefined) throw new Error(`no model ${target}`);
    const columns = columnNames(model, fields);
    const there = columnNames(other, references).join(', ');
    return (
      `${model.table}_${columns.join('_')}_fkey FOREIGN KEY (${columns.join(', ')}) ` +
      `REFERENCES ${other.table}(${there}) ON UPDATE CASCADE ON DELETE ${RULES[onDelete]}`
    );
  });
}

/** A value of the field's own kind that is unlike its default, and at the edge of what the column holds. */
function sample(model: SchemaModel, field: SchemaField): unknown {
  const bound = BOUND[`${model.name}.${field.name}`];
  if (bound !== undefined) return bound;
  const relation = model.relations.find(({ fields }) => fields.includes(field.name));
  // A branch cannot be its own parent.
  if (relation?.target === model.name) return null;
  if (field.type === 'String' && field.list) return ['a "quoted", {braced} text', '', 'ä🙂'];
  switch (field.type) {
    case 'String':
      return relation === undefined ? `${model.name}.${field.name} ä🙂` : `${relation.target}.id ä🙂`;
    case 'Boolean':
      return true;
    case 'Int':
      return 2_147_483_647;
    case 'BigInt':
      return 9_223_372_036_854_775_807n;
    case 'Decimal':
      return new Prisma.Decimal('9'.repeat(38));
    case 'Json':
      return { list: [1, 'two', null], text: 'ä🙂' };
    case 'Bytes':
      return new Uint8Array([0, 1, 127, 128, 255]);
    default:
      return new Date(field.native === 'Date' ? '2026-11-23T00:00:00.000Z' : '2026-11-23T23:59:59.999Z');
  }
}

/** Every model after those that it refers to. */
function inOrder(models: readonly SchemaModel[]): SchemaModel[] {
  const ordered: SchemaModel[] = [];
  const visit = (model: SchemaModel): void => {
    if (ordered.includes(model)) return;
    for (const { target } of model.relations) {
      const other = models.find(({ name }) => name === target);
      if (other !== undefined && other !== model) visit(other);
    }
    ordered.push(model);
  };
  models.forEach(visit);
  return ordered;
}

describe('the schema that the migrations make', () => {
  const models = readPrismaSchema();
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  /** The first column of what the database says of itself, in order. */
  const ask = async (text: string): Promise<string[]> => {
    const { rows } = await client.query<{ line: string }>(text);
    return rows.map(({ line }) => line).toSorted();
  };
  const refusal = (text: string) =>
    client.query(text).then(
      () => 'done',
      (error: pg.DatabaseError) => error.constraint,
    );

  it('has the columns of prisma/schema.prisma: names, types, nullability, defaults', async () => {
    expect(models.map(({ name }) => name).toSorted()).toEqual(Object.values(Prisma.ModelName).toSorted());
    const columns = await ask(`
      SELECT format('%s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
          CASE WHEN a.attnotnull THEN 'NOT NULL' ELSE 'NULL' END, coalesce(pg_get_expr(d.adbin, d.adrelid), 'null')) AS line
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
          AND c.relname <> '_prisma_migrations'`);
    expect(columns).toEqual(models.flatMap(columnsOf).toSorted());
  });

  it('has its indexes and uniques by the names that Prisma gives, and those that Prisma cannot say', async () => {
    const indexes = await ask(
      `SELECT replace(indexdef, ' ON ONLY ', ' ON ') AS line FROM pg_indexes
        WHERE schemaname = 'public' AND tablename <> '_prisma_migrations' AND tablename <> 'today'`,
    );
    expect(indexes).toEqual([...models.flatMap(indexesOf), ...BEYOND_PRISMA].toSorted());
  });

  it('has its foreign keys with the rules that Prisma gives', async () => {
    const keys = await ask(
      "SELECT format('%s %s', conname, pg_get_constraintdef(oid)) AS line FROM pg_constraint WHERE contype = 'f'",
    );
    expect(keys).toEqual(models.flatMap(model => foreignKeysOf(model, models)).toSorted());
  });

  it('takes every field of every model from Prisma, and gives it back unchanged', async () => {
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.url }) });
    await client.query(
      "CREATE TABLE today PARTITION OF usage_records FOR VALUES FROM ('2026-11-23') TO ('2026-11-24')",
    );
    try {
      for (const model of inOrder(models)) {
        const delegate = prisma[
          `${model.name.charAt(0).toLowerCase()}${model.name.slice(1)}` as 'setting'
        ] as unknown as {
          create(query: { data: object }): Promise<unknown>;
          findMany(): Promise<unknown[]>;
        };
        const row = Object.fromEntries(model.fields.map(field => [field.name, sample(model, field)]));
        await delegate.create({ data: row });
        expect(await delegate.findMany()).toEqual([row]);
      }
    } finally {
      await prisma.$disconnect();
    }
  });

  it('refuses what would contradict itself', async () => {
    await client.query(`
      INSERT INTO organizations (id, name) VALUES ('o', 'o');
      INSERT INTO projects (id, name, organization_id, region_id) VALUES ('p', 'p', 'o', 'r');
      INSERT INTO branches (id, project_id, name, is_default) VALUES ('b', 'p', 'main', true);
      INSERT INTO branches (id, project_id, name, is_default, deleted_at) VALUES ('gone', 'p', 'main', true, now());
      INSERT INTO models (id, name, type, provider, owned_by, status, pricing, modalities, capabilities)
        VALUES ('m', 'm', 't', 'p', 'o', 's', '{}', '{}', '{}');
      INSERT INTO upstreams (id, name, kind, base_url, sealed_secret) VALUES ('u', 'u', 'k', 'http://u', '')`);
    const branch = (values: string) =>
      `INSERT INTO branches (id, project_id, name, is_default, parent_id) VALUES (${values})`;
    const refused = {
      'a name twice among the living': await refusal(branch("'c', 'p', 'main', false, NULL")),
      'a second living default': await refusal(branch("'c', 'p', 'other', true, NULL")),
      'a branch that is its own parent': await refusal(branch("'c', 'p', 'other', false, 'c'")),
      'a limit below nothing': await refusal(
        "INSERT INTO limits (id, scope_type, scope_id, kind, value) VALUES ('l', 'account', 'o', 'k', -1)",
      ),
      'a route that no request takes': await refusal(
        "INSERT INTO routes (id, model_id, upstream_id, upstream_model, weight) VALUES ('r', 'm', 'u', 'x', 0)",
      ),
      'an adjustment taken back': await refusal('DELETE FROM usage_adjustments'),
      'an adjustment rewritten': await refusal('UPDATE usage_adjustments SET delta_nano_usd = 0'),
      'an audit entry taken back': await refusal('DELETE FROM audit_entries'),
      'an audit entry rewritten': await refusal("UPDATE audit_entries SET actor_id = 'somebody else'"),
      'the audit log emptied': await refusal('TRUNCATE audit_entries'),
      'a role that nobody knows': await refusal(
        "INSERT INTO management_keys (id, organization_id, name, role, key_hash) VALUES ('k', 'o', 'k', 'root', '')",
      ),
    };
    expect(refused).toEqual({
      'a name twice among the living': 'branches_living_name_key',
      'a second living default': 'branches_living_default_key',
      'a branch that is its own parent': 'branches_not_own_parent',
      'a limit below nothing': 'limits_value_not_negative',
      'a route that no request takes': 'routes_weight_positive',
      'an adjustment taken back': 'usage_adjustments_append_only',
      'an adjustment rewritten': 'usage_adjustments_append_only',
      'an audit entry taken back': 'audit_entries_append_only',
      'an audit entry rewritten': 'audit_entries_append_only',
      'the audit log emptied': 'audit_entries_never_emptied',
      'a role that nobody knows': 'management_keys_role_known',
    });
  });
});
