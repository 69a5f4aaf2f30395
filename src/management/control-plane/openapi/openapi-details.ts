import type { OpenAPIObject } from '@nestjs/swagger';
import { sampleOf } from './openapi-sample.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Content = NonNullable<Extract<NonNullable<Operation['requestBody']>, { content: unknown }>['content']>;
type Answer = Operation['responses'][string];
type Header = typeof REQUEST_ID | typeof RETRY_AFTER | typeof REPLAYED;
type Parameters = NonNullable<Operation['parameters']>;
type Parameter = Exclude<Parameters[number], { $ref: string }>;

/** One operation of the document, where it stands. */
interface Placed {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

const LOOKING = new Set(['get', 'head']);
const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete'] as const;

/** What ids look like. None of them is anybody's. */
const EXAMPLE_IDS: Record<string, string> = {
  ...{ project_id: 'amber-birch-12345678', branch_id: 'br-quiet-oak-a1b2c3d4', org_id: 'org-default' },
  ...{ token_id: 'nak_live_0123456789abcdef0123456789abcdef', model_id: 'gpt-5-mini' },
  ...{ operation_id: '01234567-89ab-7def-8123-456789abcdef', call: 'gemini-2-5-flash:generateContent' },
  ...{ limit_id: 'lim_0123456789abcdefghij', default_id: 'bld_0123456789abcdefghij' },
  ...{ block_id: 'blk_0123456789abcdefghij', key_id: 'mk_0123456789abcdefghij', route_id: 'rt_0123456789abcdefghij' },
  ...{ upstream_id: 'up_0123456789abcdefghij', source_id: 'ls_0123456789abcdefghij' },
};

/** What an id in a path is of, where its name alone does not say it. */
const ID_OF: Record<string, string> = {
  ...{ id: 'model', org_id: 'organization', token_id: 'credential', key_id: 'management key' },
  ...{ default_id: 'default for new branches', source_id: 'lineage source' },
};

const REQUEST_ID = { description: 'names the request in the log', schema: { type: 'string' } } as const;
const RETRY_AFTER = { description: 'seconds until it may be tried again', schema: { type: 'integer' } } as const;
const REPLAYED = { description: 'true: it was done before, under this key', schema: { type: 'boolean' } } as const;
const DONE: Record<string, string> = { 201: 'it is made', 204: 'it is gone' };

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'the same key with the same request is answered as the first time, for 24 hours',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
} as const;

/** What the operations have in common, said of each, so that a controller says only what is its own. */
export function completeDocument(document: OpenAPIObject, managementScheme: string): OpenAPIObject {
  const placed = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap(method => {
      const operation = item[method];
      return operation === undefined ? [] : [{ method, path, operation }];
    }),
  );
  nameAliases(placed);
  openObjects(document.components?.schemas);
  for (const { operation, method } of placed) {
    describeParameters(operation.parameters ?? []);
    if (asksFor(operation, managementScheme)) completeControlPlane(operation, method);
    addBodySample(operation, document);
    completeResponses(operation);
  }
  return document;
}

/** `UpstreamsController.change` is `changeUpstream`, `UpstreamsController.list` is `listUpstreams`. */
export function operationIdOf(controller: string, method: string): string {
  const resource = controller.replace(/Controller$/, '').replace(/^Admin(?=[A-Z])/, '');
  const action = method.replace(/\[\d+\]$/, '');
  return action + (action === 'list' ? resource : singular(resource));
}

function singular(word: string): string {
  return word.replace(/(?<=ch|sh|ss|x)es$|(?<!s)s$/, '');
}

/** A route with several paths has one handler; ids are of one operation each, so every path but the first is told apart. */
function nameAliases(placed: readonly Placed[]): void {
  const seen = new Set<string>();
  for (const { path, operation } of placed) {
    const id = operation.operationId ?? '';
    if (seen.has(id)) operation.operationId = `${id}At${pascalCase(path)}`;
    seen.add(id);
  }
}

/** What is kept as it was given may hold anything, and says so. */
function openObjects(part: unknown): void {
  if (typeof part !== 'object' || part === null) return;
  const schema = part as { type?: unknown; properties?: unknown; additionalProperties?: unknown };
  if (schema.type === 'object' && schema.properties === undefined) schema.additionalProperties ??= true;
  for (const [name, value] of Object.entries(part)) if (name !== 'example' && name !== 'default') openObjects(value);
}

function pascalCase(path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter(word => word !== '');
  return words.map(word => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function describeParameters(parameters: Parameters): void {
  for (const parameter of parameters) {
    if (!('in' in parameter)) continue;
    if (parameter.in === 'query' && parameter.required !== true) sayExample(parameter);
    if (parameter.in !== 'path') continue;
    parameter.description ??= `the id of the ${ID_OF[parameter.name] ?? parameter.name.replace(/_id$/, '').replaceAll('_', ' ')}`;
    parameter.example ??= EXAMPLE_IDS[parameter.name];
  }
}

/** The page fills examples in: as a filter that nobody asked for. */
function sayExample(parameter: Parameter): void {
  const { schema } = parameter;
  const example: unknown = schema !== undefined && 'example' in schema ? schema.example : parameter.example;
  if (example === undefined) return;
  delete parameter.example;
  if (schema !== undefined && 'example' in schema) delete schema.example;
  const words = parameter.description === undefined ? [] : [parameter.description];
  parameter.description = [...words, `such as ${typeof example === 'string' ? example : JSON.stringify(example)}`].join(
    '; ',
  );
}

function asksFor({ security = [] }: Operation, scheme: string): boolean {
  return security.some(requirement => scheme in requirement);
}

/** Every POST takes the idempotency header, and every body may be too large or of the wrong kind. */
function completeControlPlane(operation: Operation, method: string): void {
  const { responses } = operation;
  const like = responses['401'];
  const content = like !== undefined && 'content' in like ? like.content : undefined;
  const refuse = (status: string, description: string) => {
    responses[status] ??= { description, ...(content === undefined ? {} : { content }) };
  };
  // Also where no body and no query belongs: one that comes all the same is refused.
  if (!LOOKING.has(method)) refuse('400', 'a field of the body or of the query is wrong, or is not one');
  if (method === 'post') {
    operation.parameters = [...(operation.parameters ?? []), IDEMPOTENCY_KEY];
    refuse('409', 'a request with this Idempotency-Key is running: repeat in a moment');
    refuse('422', 'the Idempotency-Key belongs to another request');
    for (const status of ['200', '201']) addHeader(responses[status], 'idempotency-replayed', REPLAYED);
  }
  for (const status of ['409', '429', '503']) addHeader(responses[status], 'Retry-After', RETRY_AFTER);
  if (operation.requestBody === undefined) return;
  refuse('408', 'the body did not arrive in time');
  refuse('413', 'the body is larger than 1 MiB');
  refuse('415', 'the body is not JSON');
}

function addBodySample({ requestBody }: Operation, document: OpenAPIObject): void {
  if (requestBody === undefined || !('content' in requestBody)) return;
  for (const media of Object.values(requestBody.content as Content)) {
    if (media.schema === undefined || media.example !== undefined) continue;
    const sample = sampleOf(media.schema, document.components?.schemas ?? {});
    if (sample !== undefined) media.example = sample;
  }
}

function completeResponses({ responses }: Operation): void {
  for (const [status, response] of Object.entries(responses)) {
    if (response === undefined || '$ref' in response) continue;
    if (response.description === '') response.description = DONE[status] ?? 'as the summary says';
    addHeader(response, 'x-request-id', REQUEST_ID);
  }
}

function addHeader(response: Answer | undefined, name: string, header: Header): void {
  if (response === undefined || '$ref' in response) return;
  response.headers = { [name]: header, ...response.headers };
}
