// Writes a typed client of the control plane from the OpenAPI document of a gateway:
//   node scripts/generate-client.mjs http://127.0.0.1:8787/docs-json bough-client.ts
// The document may be a file too; without a second argument the client goes to standard output. What comes out needs nothing
// but `fetch`, and stays as it is until it is written anew.
import { readFile, writeFile } from 'node:fs/promises';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const SCHEME = 'management-key';
const REFERENCE = '#/components/schemas/';
const PLAIN = /^[A-Za-z_$][\w$]*$/;

const HEAD = `// Written by scripts/generate-client.mjs from the document of the routes (/docs-json): change that, not this.

/** What was done, and what came of it. */
export interface Answer<Status extends number, Body> {
  readonly status: Status;
  readonly headers: Headers;
  readonly body: Body;
}

export interface ClientOptions {
  /** of the gateway, without a path */
  readonly baseUrl: string;
  /** a management key, or a token of the OpenID issuer */
  readonly key: string;
  /** instead of the global one */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** What is not a success. The body says why, in the form of the interface that was called. */
export class ApiFailure extends Error {
  constructor(
    readonly status: number,
    readonly headers: Headers,
    readonly body: unknown,
  ) {
    super(\`the gateway answered \${status}: \${JSON.stringify(body)}\`);
    this.name = 'ApiFailure';
  }
}

interface Sent {
  readonly path?: object;
  readonly query?: object;
  readonly headers?: object;
  readonly body?: unknown;
}
`;

const RUNTIME = `/** The control plane, a method an operation. */
export class ControlPlaneClient {
  constructor(private readonly options: ClientOptions) {}

  private async call<Reply extends Answer<number, unknown>>(method: string, path: string, sent: Sent): Promise<Reply> {
    const response = await this.send(method, path, sent);
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, body: text === '' ? undefined : (JSON.parse(text) as unknown) } as Reply;
  }

  private async send(method: string, template: string, { path = {}, query = {}, headers = {}, body }: Sent): Promise<Response> {
    const { baseUrl, key, fetch: send = fetch } = this.options;
    const fields = new Map<string, unknown>(Object.entries(path));
    const place = template.replaceAll(/\\{(\\w+)\\}/g, (_, name: string) => encodeURIComponent(String(fields.get(name))));
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
    const response = await send(\`\${baseUrl}\${place}\${search.size === 0 ? '' : \`?\${search.toString()}\`}\`, {
      method,
      headers: {
        ...(headers as Record<string, string>),
        authorization: \`Bearer \${key}\`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.ok) return response;
    const text = await response.text();
    throw new ApiFailure(response.status, response.headers, refusalOf(text));
  }
`;

const TAIL = `
/** What stands between here and the gateway may answer with anything. */
function refusalOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
`;

const [source, target] = process.argv.slice(2);
if (source === undefined) {
  console.error('usage: node scripts/generate-client.mjs <address or file of the document> [<file to write>]');
  process.exit(2);
}
const client = await format(generate(JSON.parse(await read(source))), target ?? 'client.ts');
if (target === undefined) process.stdout.write(client);
else await writeFile(target, client);

async function read(place) {
  if (!/^https?:/.test(place)) return readFile(place, 'utf8');
  const response = await fetch(place);
  if (!response.ok) throw new Error(`${place} answered ${response.status}`);
  return response.text();
}

/** As the house writes; where there is no prettier it is only less pretty. */
async function format(text, file) {
  const prettier = await import('prettier').catch(() => null);
  if (prettier === null) return text;
  return prettier.format(text, { ...(await prettier.resolveConfig(file)), parser: 'typescript' });
}

function generate({ paths, components }) {
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter(method => item[method]?.security?.some(requirement => SCHEME in requirement)).map(method => ({
      ...item[method],
      path,
      method,
    })),
  );
  const methods = operations.map(methodOf).join('\n');
  const schemas = reachable(methods, components.schemas)
    .map(name => `${comment(components.schemas[name])}${key(name)}: ${typeOf(components.schemas[name])};`)
    .join('\n');
  return [
    HEAD,
    `/** Bodies of requests and answers. */\nexport interface Schemas {\n${schemas}\n}\n`,
    RUNTIME,
    methods,
    '}',
    TAIL,
  ].join('\n');
}

/** The schemas that a text names, and those that these name, by their names. */
function reachable(text, schemas) {
  const named = part => [...part.matchAll(/Schemas\['([^']+)'\]/g)].map(([, name]) => name);
  const found = new Set();
  for (let waiting = named(text); waiting.length > 0;) {
    const next = waiting.filter(name => !found.has(name));
    for (const name of next) found.add(name);
    waiting = next.flatMap(name => named(typeOf(schemas[name])));
  }
  return [...found].sort();
}

function methodOf({ operationId, summary, method, path, parameters = [], requestBody, responses }) {
  const parts = ['path', 'query', 'header'].flatMap(place => {
    const group = parameters.filter(parameter => parameter.in === place);
    if (group.length === 0) return [];
    const required = group.some(parameter => parameter.required);
    return [{ name: place === 'header' ? 'headers' : place, required, type: fieldsOf(group) }];
  });
  const body = requestBody?.content['application/json']?.schema;
  if (body !== undefined) parts.push({ name: 'body', required: requestBody.required === true, type: typeOf(body) });
  const optional = parts.every(({ required }) => !required);
  const type = `{ ${parts.map(({ name, required, type: of }) => `${name}${required ? '' : '?'}: ${of}`).join('; ')} }`;
  const request = parts.length === 0 ? '' : `request: ${type}${optional ? ' = {}' : ''}`;
  const call = `'${method.toUpperCase()}', '${path}', ${parts.length === 0 ? '{}' : 'request'}`;
  const answers = answersOf(responses);
  const text = `/** ${summary}. \`${method.toUpperCase()} ${path}\` */\n`;
  return answers === null
    ? `${text}${operationId}(${request}): Promise<Response> {\nreturn this.send(${call});\n}\n`
    : `${text}${operationId}(${request}): Promise<${answers}> {\nreturn this.call(${call});\n}\n`;
}

function fieldsOf(parameters) {
  const field = ({ name, required, schema, description }) =>
    `${comment({ description })}${key(name)}${required ? '' : '?'}: ${typeOf(schema)};`;
  return `{ ${parameters.map(field).join('\n')} }`;
}

/** The successes by their status; null for what is no JSON, which is left to the caller to read. */
function answersOf(responses) {
  const done = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  const types = done.map(([status, { content }]) => {
    if (content === undefined) return `Answer<${status}, undefined>`;
    const schema = content['application/json']?.schema;
    return schema === undefined ? null : `Answer<${status}, ${typeOf(schema)}>`;
  });
  return types.includes(null) ? null : types.join(' | ');
}

function typeOf(schema) {
  const type = bareTypeOf(schema);
  return schema.nullable === true ? `${type} | null` : type;
}

function bareTypeOf({
  $ref,
  allOf,
  oneOf,
  anyOf,
  enum: choices,
  type,
  items,
  properties,
  required = [],
  additionalProperties,
}) {
  if ($ref !== undefined) return `Schemas['${$ref.slice(REFERENCE.length)}']`;
  const union = oneOf ?? anyOf;
  if (union !== undefined) return `(${union.map(typeOf).join(' | ')})`;
  if (allOf !== undefined) return allOf.map(part => `(${typeOf(part)})`).join(' & ');
  if (choices !== undefined) return `(${choices.map(choice => JSON.stringify(choice)).join(' | ')})`;
  if (type === 'array') return `(${typeOf(items)})[]`;
  if (type === 'integer') return 'number';
  if (type !== 'object') return type ?? 'unknown';
  if (properties === undefined) {
    const values = typeof additionalProperties === 'object' ? typeOf(additionalProperties) : 'unknown';
    return `Record<string, ${values}>`;
  }
  const field = ([name, property]) =>
    `${comment(property)}${key(name)}${required.includes(name) ? '' : '?'}: ${typeOf(property)};`;
  return `{ ${Object.entries(properties).map(field).join('\n')} }`;
}

function key(name) {
  return PLAIN.test(name) ? name : JSON.stringify(name);
}

function comment({ description }) {
  return description === undefined ? '' : `\n/** ${description.replaceAll('*/', '* /').replaceAll(/\s+/g, ' ')} */\n`;
}
