import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A column's field in prisma/schema.prisma; relations are not among them. */
export interface SchemaField {
  readonly name: string;
  readonly column: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly list: boolean;
  /** the text in `@default(…)` */
  readonly default: string | null;
  /** the text after `@db.` */
  readonly native: string | null;
  readonly id: boolean;
  readonly unique: boolean;
}

interface SchemaRelation {
  readonly fields: readonly string[];
  readonly target: string;
  readonly references: readonly string[];
  readonly onDelete: string;
}

export interface SchemaModel {
  readonly name: string;
  readonly table: string;
  readonly fields: readonly SchemaField[];
  readonly relations: readonly SchemaRelation[];
  /** the fields of a key of several; of none where one field is the key */
  readonly key: readonly string[];
  readonly indexes: readonly { unique: boolean; fields: readonly string[] }[];
}

const SCALARS = ['String', 'Boolean', 'Int', 'BigInt', 'Json', 'Bytes', 'DateTime', 'Decimal'];
const SCHEMA = join(__dirname, '..', '..', 'prisma', 'schema.prisma');

/**
 * The models of prisma/schema.prisma. Read by hand, because the generated client keeps neither nullability nor defaults,
 * and Prisma's own comparison needs an engine that npm does not bring.
 * @throws {Error} when a line holds what this reader does not know: it must not agree with what it cannot see
 */
export function readPrismaSchema(): SchemaModel[] {
  const text = readFileSync(SCHEMA, 'utf8').replaceAll(/^\s*\/\/.*$/gm, '');
  return [...text.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)].map(([, name = '', body = '']) =>
    readModel(name, body),
  );
}

function readModel(name: string, body: string): SchemaModel {
  const lines = body
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
  const attributes = lines.filter(line => line.startsWith('@@'));
  const known = attributes.filter(line => /^@@(map\("\w+"\)|(id|index|unique)\(\[[\w, ]+\]\))$/.test(line));
  if (known.length !== attributes.length) throw new Error(`unknown attribute in ${name}: ${attributes.join(' ')}`);
  const fields = lines.filter(line => !line.startsWith('@@'));
  return {
    name,
    table: /@@map\("(\w+)"\)/.exec(body)?.[1] ?? name,
    fields: fields.flatMap(readField),
    relations: fields.flatMap(readRelation),
    key: attributes.filter(line => line.startsWith('@@id')).flatMap(listIn),
    indexes: attributes
      .filter(line => /^@@(index|unique)/.test(line))
      .map(line => ({ unique: line.startsWith('@@unique'), fields: listIn(line) })),
  };
}

function readField(line: string): SchemaField[] {
  const [, name = '', type = '', mark = '', attributes = ''] = /^(\w+)\s+(\w+)(\?|\[\])?\s*(.*)$/.exec(line) ?? [];
  if (!SCALARS.includes(type)) return [];
  const rest = attributes.replaceAll(
    /@(id|unique|updatedAt|map\("\w+"\)|db\.\w+(\([\d, ]+\))?|default\(([\w-]+\(\)|[^)]*)\))/g,
    '',
  );
  if (rest.trim() !== '') throw new Error(`unknown attribute of a field: ${line}`);
  return [
    {
      name,
      column: /@map\("(\w+)"\)/.exec(attributes)?.[1] ?? name,
      type,
      nullable: mark === '?',
      list: mark === '[]',
      default: /@default\((\w+\(\)|[^)]*)\)/.exec(attributes)?.[1] ?? null,
      native: /@db\.(\w+(\([\d, ]+\))?)/.exec(attributes)?.[1] ?? null,
      id: /@id\b/.test(attributes),
      unique: /@unique\b/.test(attributes),
    },
  ];
}

function readRelation(line: string): SchemaRelation[] {
  const [, target = '', optional, options] = /^\w+\s+(\w+)(\?)?\s+@relation\((.*fields:.*)\)$/.exec(line) ?? [];
  if (options === undefined) return [];
  const onDelete = /onDelete: (\w+)/.exec(options)?.[1] ?? (optional === '?' ? 'SetNull' : 'Restrict');
  return [
    {
      target,
      onDelete,
      fields: listIn(/ ?fields: (\[[^\]]*\])/.exec(options)?.[1] ?? ''),
      references: listIn(/references: (\[[^\]]*\])/.exec(options)?.[1] ?? ''),
    },
  ];
}

function listIn(text: string): string[] {
  const inner = /\[([^\]]*)\]/.exec(text)?.[1] ?? '';
  return inner.split(',').map(item => item.trim());
}
