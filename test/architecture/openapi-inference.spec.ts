/** The calls of models answer as the document says: with its own examples, against the sandbox, on every path. */
import { Ajv } from 'ajv';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import {
  type ApiDocument,
  FORMATS,
  jsonSchemaOf,
  listOperations,
  type NamedOperation,
  type Response as Described,
} from '../support/openapi.js';

describe('the described calls of models', () => {
  let gateway: TestGateway;
  let operations: NamedOperation[];
  let ajv: Ajv;
  beforeAll(async () => {
    gateway = await startTestGateway({ BOUGH_OPENAI_MODEL_LIST: 'true' });
    const document = (await (await fetch(`${gateway.baseUrl}/docs-json`)).json()) as ApiDocument;
    operations = listOperations(document).filter(({ tags }) => tags?.includes('inference'));
    ajv = new Ajv({ strict: false, allErrors: true, formats: FORMATS });
    for (const [name, schema] of Object.entries(document.components.schemas))
      ajv.addSchema(jsonSchemaOf(schema, false), `#/components/schemas/${name}`);
  });
  afterAll(() => gateway.stop());

  /** The operation as its examples say it. */
  const ask = (operation: NamedOperation, token = gateway.token, change = {}) => {
    const examples = new Map(
      operation.parameters?.map(({ name, example, schema }) => [name, String(example ?? schema?.example)]),
    );
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => examples.get(name) ?? '');
    const example = operation.requestBody?.content['application/json']?.example;
    return fetch(gateway.baseUrl + path, {
      method: operation.method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(example === undefined ? {} : { body: JSON.stringify({ ...(example as object), ...change }) }),
    });
  };
  const faults = (described: Described | undefined, body: unknown) => {
    const schema = described?.content?.['application/json']?.schema;
    if (schema === undefined) return ['nothing is described'];
    const validate = ajv.compile(jsonSchemaOf(schema, false));
    return validate(body) ? [] : (validate.errors ?? []).map(error => `${error.instancePath} ${error.message}`);
  };

  it('answer their own examples as they are described, with no header of ours that is not', async () => {
    expect(operations.length).toBeGreaterThan(35);
    for (const operation of operations) {
      const response = await ask(operation);
      const text = await response.text();
      expect([operation.route, response.status]).toEqual([operation.route, 200]);
      if (operation.method === 'HEAD') continue;
      const described = operation.responses['200'];
      expect([operation.route, faults(described, JSON.parse(text))]).toEqual([operation.route, []]);
      const told = new Set(Object.keys(described?.headers ?? {}).map(name => name.toLowerCase()));
      const ours = [...response.headers.keys()].filter(name => /^x-|^retry-after$/.test(name));
      expect([operation.route, ours.filter(name => !told.has(name))]).toEqual([operation.route, []]);
    }
  });

  it('refuse in the form that is described', async () => {
    for (const operation of operations.filter(({ security = [] }) => security.length > 0)) {
      const refusals = [await ask(operation, 'nt_live_none')];
      if (operation.requestBody !== undefined && !operation.path.includes('{call}')) {
        refusals.push(await ask(operation, gateway.token, { model: 'none' }));
      }
      for (const response of refusals) {
        const body: unknown = await response.json();
        const described = operation.responses[String(response.status)];
        expect([operation.route, response.status, faults(described, body)]).toEqual([
          operation.route,
          expect.any(Number),
          [],
        ]);
        expect(response.status).toBeGreaterThanOrEqual(400);
      }
    }
  });

  it('stream where they are described to', async () => {
    const streaming = operations.filter(
      ({ responses, path }) => 'text/event-stream' in (responses['200']?.content ?? {}) && !path.includes('{call}'),
    );
    expect(streaming.length).toBeGreaterThan(5);
    for (const operation of streaming) {
      const response = await ask(operation, gateway.token, { stream: true });
      const text = await response.text();
      expect([operation.route, response.headers.get('content-type')]).toEqual([
        operation.route,
        expect.stringContaining('text/event-stream'),
      ]);
      expect(text).toContain('data: ');
    }
  });
});
