/** Every field of what a change is answered with says whether the audit log shows it, where it is declared. */
import { declaredAuditRule } from '../../src/management/control-plane/audit-trail/audited-field.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { type ApiDocument, listOperations, type Schema, walkSchema } from '../support/openapi.js';

const CONTROL_PLANE = /^\/(?:api\/v2|admin)\//;
/** They change nothing, whatever their method. */
const READING = /\/logs\/query$/;
const REF = '#/components/schemas/';

/** The schemas of answers that are no errors, and what stands in them. */
function answersToChanges({ paths, components, ...rest }: ApiDocument): Map<string, Schema> {
  const found = new Map<string, Schema>();
  const follow = (schema: Schema): void => {
    for (const { schema: part } of walkSchema(schema, '')) {
      const name = part.$ref?.slice(REF.length);
      const target = name === undefined ? undefined : components.schemas[name];
      if (name === undefined || target === undefined || found.has(name)) continue;
      found.set(name, target);
      follow(target);
    }
  };
  for (const { method, path, responses } of listOperations({ paths, components, ...rest })) {
    if (method === 'GET' || !CONTROL_PLANE.test(path) || READING.test(path)) continue;
    for (const [status, { content = {} }] of Object.entries(responses)) {
      if (status.startsWith('2')) for (const { schema } of Object.values(content)) if (schema) follow(schema);
    }
  }
  return found;
}

describe('a field of what a change is answered with', () => {
  let gateway: TestGateway;
  let schemas: Map<string, Schema>;
  beforeAll(async () => {
    gateway = await startTestGateway();
    const response = await fetch(`${gateway.baseUrl}/docs-json`);
    schemas = answersToChanges((await response.json()) as ApiDocument);
  });
  afterAll(() => gateway.stop());

  it('says whether the audit log shows it: @Audited() or @Secret()', () => {
    expect(schemas.size).toBeGreaterThan(30);
    const forgotten = [...schemas].flatMap(([name, { properties = {} }]) =>
      Object.keys(properties).flatMap(field => (declaredAuditRule(name, field) === null ? [`${name}.${field}`] : [])),
    );
    expect(forgotten).toEqual([]);
  });

  it('is a secret where it is one', () => {
    const secrets = [...schemas].flatMap(([name, { properties = {} }]) =>
      Object.keys(properties).flatMap(field => (declaredAuditRule(name, field) === 'name' ? [field] : [])),
    );
    expect([...new Set(secrets)].toSorted()).toEqual([
      'api_token',
      'error',
      'key',
      'last_error',
      's3_secret_access_key',
    ]);
  });
});
