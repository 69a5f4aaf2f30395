// JSON Schemas of the vendors' requests, made of the types in their SDKs. The generator is installed on demand, pinned and apart
// from everything else; the schemas are kept beside it until the types or an SDK change.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';

const run = promisify(execFile);
const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '..', '..');
const TYPES = join(HERE, 'wire-types.ts');
const GENERATOR = 'ts-json-schema-generator';
const VERSION = '2.10.0';
const SDKS = ['openai7', 'anthropic-sdk', 'genai3'];
const SHOWN_CHARACTERS = 300;
const NAMES = ['Chat', 'Responses', 'Messages', 'BetaMessages', 'CountTokens', 'GenerateContent'];

/**
 * @param folder where the generator and the schemas are kept
 * @returns {Promise<Record<string, (body: object) => string | null>>} a check for each type of wire-types.ts: null for a body of
 *   that type, else where it is not one and why. A field that the type does not have is not of it.
 */
export async function wireChecks(folder) {
  const schemas = await schemasIn(folder);
  const ajv = new Ajv({ strict: false, allErrors: false });
  return Object.fromEntries(NAMES.map(name => [name, checkOf(ajv.compile(schemas[name]))]));
}

async function schemasIn(folder) {
  await mkdir(folder, { recursive: true });
  const sources = [
    TYPES,
    fileURLToPath(import.meta.url),
    ...SDKS.map(name => join(ROOT, 'node_modules', name, 'package.json')),
  ];
  const hash = createHash('sha256').update(VERSION);
  for (const path of sources) hash.update(await readFile(path));
  const kept = join(folder, `schemas-${hash.digest('hex').slice(0, 16)}.json`);
  const text = await readFile(kept, 'utf8').catch(() => null);
  if (text !== null) return JSON.parse(text);
  const schemas = await generate(folder);
  await writeFile(kept, JSON.stringify(schemas));
  return schemas;
}

async function generate(folder) {
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--no-save', `${GENERATOR}@${VERSION}`]);
  const entry = join(folder, 'node_modules', GENERATOR, 'dist', 'index.js');
  const { createGenerator } = await import(pathToFileURL(entry));
  const generator = createGenerator({
    path: TYPES,
    tsconfig: join(ROOT, 'tsconfig.json'),
    skipTypeCheck: true,
    additionalProperties: false,
  });
  return Object.fromEntries(NAMES.map(name => [name, withSmallTypes(generator.createSchema(name))]));
}

/** Google's own examples write the types of a schema small, which its SDK does not know. */
function withSmallTypes(schema) {
  const types = schema.definitions.Type;
  if (types !== undefined) types.enum.push(...types.enum.map(type => type.toLowerCase()));
  return schema;
}

function checkOf(validate) {
  return body => {
    if (validate(body)) return null;
    const deepest = validate.errors.reduce((best, error) =>
      error.instancePath.length > best.instancePath.length ? error : best,
    );
    const { instancePath, message, params } = deepest;
    const value = instancePath
      .split('/')
      .slice(1)
      .reduce((within, key) => within?.[key.replaceAll('~1', '/')], body);
    const shown = JSON.stringify(value)?.slice(0, SHOWN_CHARACTERS);
    return `${instancePath || 'the body'} ${message} ${JSON.stringify(params)}: ${shown}`;
  };
}
