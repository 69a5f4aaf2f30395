/** The document at /docs-json says of every route what a client must know. A new route is checked as soon as it is there. */
import { requestPipe } from '../../src/management/control-plane/requests/request.pipe.js';
import { listRoutes } from '../support/routes.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { type ApiDocument, listOperations, type NamedOperation, type Schema, walkSchema } from '../support/openapi.js';
import { PublishedApi } from '../support/published-api.js';

/** Routes that the document leaves out, and why. */
const LEFT_OUT: Record<string, string> = {
  'DELETE /api/v2/*path': 'says of what is published and not here that it is not',
  'GET /api/v2/*path': 'the same',
  'PATCH /api/v2/*path': 'the same',
  'POST /api/v2/*path': 'the same',
  'PUT /api/v2/*path': 'the same',
  'GET /docs': 'the document itself, as a page',
  'GET /docs/': 'the same',
  'GET /docs/index.html': 'the same',
  'GET /docs/LICENSE': 'a part of the page',
  'GET /docs/swagger-ui-init.js': 'the same',
  'GET /docs/docs/swagger-ui-init.js': 'the same',
  'GET /docs-json': 'the document itself',
  'GET /ai-gateway/openai/v1/responses': 'refuses everybody: what is there is the POST',
  'GET /openai/v1/responses': 'the same',
};

const SCHEMES: Record<'public' | 'inference' | 'management', string[]> = {
  public: [],
  inference: ['gateway-token', 'gateway-x-api-key', 'gateway-x-goog-api-key'],
  management: ['management-key'],
};
const ERRORS_OF = {
  public: [],
  inference: ['401', '403', '429', '500', '503'],
  management: ['401', '403', '429', '500', '503'],
};
const ID = /^[a-z][A-Za-z0-9]{3,79}$/;
/** What begins as ids and keys of ours do, and how those that are nobody's go on. */
const AN_ID = /^(br-|[a-z]{2,5}_|[a-z]+-[a-z]+-\d{6})/;
const MADE_UP = /0123456789|12345678|a1b2c3d4|259881|0{8}|example|…|^[a-z_:]+$/;
const A_SECRET = /(nt_live|nak_live|nsk_live)_(?!0123456789)|napi_[0-9A-Za-z]{32}|sk-[A-Za-z0-9]{20}/;
const WRITTEN_WITHOUT_THOUGHT = /Controller|_|undefined/;

describe('the document of the routes', () => {
  let gateway: TestGateway;
  let document: ApiDocument;
  let operations: NamedOperation[];
  beforeAll(async () => {
    gateway = await startTestGateway();
    document = (await (await fetch(`${gateway.baseUrl}/docs-json`)).json()) as ApiDocument;
    operations = listOperations(document);
  });
  afterAll(() => gateway.stop());

  /** The routes that the document speaks of, by their names in it. */
  const describedRoutes = () =>
    listRoutes(gateway.bough.app)
      .filter(({ method, path }) => !(`${method} ${path}` in LEFT_OUT))
      .map(route => ({ ...route, route: `${route.method} ${route.path.replaceAll(/:([a-z_]+)/g, '{$1}')}` }));

  /** Faults of the operations, each with its route. */
  const faults = (look: (operation: NamedOperation) => string[]) =>
    operations.flatMap(operation => look(operation).map(fault => `${operation.route}: ${fault}`));

  it('has every route but those that are left out for a reason, and no other', () => {
    const routes = describedRoutes().map(({ route }) => route);
    expect(operations.map(({ route }) => route).toSorted()).toEqual(routes.toSorted());
    expect(routes.length).toBeGreaterThan(100);
  });

  it('leaves out no route that is not there', () => {
    const routes = new Set(listRoutes(gateway.bough.app).map(({ method, path }) => `${method} ${path}`));
    expect(Object.keys(LEFT_OUT).filter(route => !routes.has(route))).toEqual([]);
  });

  it('names every operation once, in words, with a summary and a tag that is explained', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    const explained = new Set((document as { tags?: { name: string }[] }).tags?.map(({ name }) => name));
    const wrong = faults(({ operationId = '', summary = '', tags = [] }) => [
      ...(ID.test(operationId) && !WRITTEN_WITHOUT_THOUGHT.test(operationId) ? [] : [`the id ${operationId}`]),
      ...(summary.length < 8 ? ['no summary'] : []),
      ...(tags.length === 1 && tags.every(tag => explained.has(tag)) ? [] : [`the tags ${tags.join(', ')}`]),
    ]);
    expect(wrong).toEqual([]);
  });

  it('gives operations that are published the ids that they have there', () => {
    const published = new PublishedApi();
    const ours = operations.filter(({ path }) => path.startsWith('/api/v2/'));
    const theirs = ours.map(({ method, path }) => published.findOperation(`${method} ${path.slice('/api/v2'.length)}`));
    expect(theirs.filter(id => id !== null).length).toBeGreaterThan(30);
    expect(ours.map(({ operationId }, index) => theirs[index] ?? operationId)).toEqual(
      ours.map(({ operationId }) => operationId),
    );
  });

  it('asks for the credential that the route asks for, and tells the refusals of its audience', () => {
    const routes = new Map(describedRoutes().map(route => [route.route, route]));
    const wrong = faults(({ route, security = [], responses, method }) => {
      const audience = routes.get(route)?.audience;
      const kind = audience === 'public' || audience === 'inference' ? audience : 'management';
      const asked = security.flatMap(requirement => Object.keys(requirement));
      const strange = asked.filter(scheme => !SCHEMES[kind].includes(scheme));
      const missing = SCHEMES[kind].slice(0, 1).filter(scheme => !asked.includes(scheme));
      const unsaid = method === 'HEAD' ? [] : ERRORS_OF[kind].filter(status => !(status in responses));
      return [...strange, ...missing, ...unsaid];
    });
    expect(wrong).toEqual([]);
    expect(
      Object.values(SCHEMES)
        .flat()
        .filter(scheme => !(scheme in document.components.securitySchemes)),
    ).toEqual([]);
  });

  it('has a schema for every answer that has a body', () => {
    const wrong = faults(({ responses, method }) => [
      ...(Object.keys(responses).some(status => status.startsWith('2')) ? [] : ['no success']),
      ...Object.entries(responses).flatMap(([status, { content = {}, description }]) => {
        const bodies = Object.values(content);
        const empty = status === '204' || method === 'HEAD';
        const told = empty ? bodies.length === 0 : bodies.length > 0 && bodies.every(({ schema }) => isTyped(schema));
        // A refusal is JSON, whatever the answer would have been.
        const foreign = Object.keys(content).filter(type => status >= '400' && type !== 'application/json');
        return [
          ...foreign,
          ...(told ? [] : [`the body of ${status}`]),
          ...(description === '' ? [`no word about ${status}`] : []),
        ];
      }),
    ]);
    expect(wrong).toEqual([]);
  });

  it('tells that a request may be wrong wherever there is something to get wrong', () => {
    const wrong = faults(({ parameters = [], requestBody, responses, path }) => {
      const names = (place: string) => parameters.filter(parameter => parameter.in === place).length;
      const inControlPlane = /^\/(admin|api)\//.test(path);
      return [
        ...((names('query') > 0 && inControlPlane) || requestBody !== undefined ? ['400'] : []),
        ...(names('path') > 0 ? ['404'] : []),
        ...(requestBody === undefined ? [] : ['413', '415']),
      ].filter(status => !(status in responses));
    });
    expect(wrong).toEqual([]);
  });

  it('explains every parameter', () => {
    const wrong = faults(({ parameters = [], path }) => [
      ...parameters.filter(({ schema }) => !isTyped(schema)).map(({ name }) => `${name} has no type`),
      ...parameters
        .filter(
          ({ description = '', example, schema }) => description === '' && (example ?? schema?.example) === undefined,
        )
        .map(({ name }) => `${name} has neither description nor example`),
      ...[...path.matchAll(/\{(\w+)\}/g)]
        .filter(([, name]) => !parameters.some(parameter => parameter.in === 'path' && parameter.name === name))
        .map(([, name]) => `${name} of the path is not described`),
    ]);
    expect(wrong).toEqual([]);
  });

  it('has an example of every body', () => {
    const wrong = faults(({ requestBody }) =>
      Object.values(requestBody?.content ?? {}).flatMap(({ schema, example }) => [
        ...(isTyped(schema) ? [] : ['a body without a type']),
        ...(example === undefined ? ['a body without an example'] : []),
      ]),
    );
    expect(wrong).toEqual([]);
  });

  it('has examples that the control plane understands', async () => {
    const refused: string[] = [];
    let understood = 0;
    const bodyTypes = new Map(describedRoutes().map(({ route, bodyType }) => [route, bodyType]));
    for (const { route, requestBody } of operations) {
      const metatype = bodyTypes.get(route);
      if (metatype === undefined) continue;
      const example = requestBody?.content['application/json']?.example;
      await requestPipe.transform(structuredClone(example), { type: 'body', metatype }).then(
        () => (understood += 1),
        (error: Error) => refused.push(`${route}: ${error.message}`),
      );
    }
    expect(refused).toEqual([]);
    expect(understood).toBe([...bodyTypes.values()].filter(type => type !== undefined).length);
    expect(understood).toBeGreaterThan(20);
  });

  it('has examples that are nobody’s', () => {
    const shown: string[] = [];
    JSON.stringify(document, (name, value: unknown) => {
      if (name === 'example' || name === 'default') shown.push(...textsOf(value));
      return value;
    });
    expect(shown.length).toBeGreaterThan(100);
    expect(shown.filter(text => A_SECRET.test(text))).toEqual([]);
    expect(shown.filter(text => AN_ID.test(text) && !MADE_UP.test(text))).toEqual([]);
  });

  it('has no schema without a type, and no reference that leads nowhere', () => {
    const { schemas } = document.components;
    const parts = Object.entries(schemas).flatMap(([name, schema]) => walkSchema(schema, name));
    expect(parts.length).toBeGreaterThan(500);
    expect(parts.filter(({ schema }) => !isTyped(schema)).map(({ place }) => place)).toEqual([]);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, reference = '']) => reference,
    );
    expect(references.length).toBeGreaterThan(100);
    expect(
      references.filter(reference => schemas[reference.replace('#/components/schemas/', '')] === undefined),
    ).toEqual([]);
  });
});

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

function isTyped(schema: Schema | undefined): boolean {
  if (schema === undefined) return false;
  return [schema.type, schema.$ref, schema.allOf, schema.oneOf, schema.anyOf].some(part => part !== undefined);
}
