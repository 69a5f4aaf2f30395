import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { FORMATS } from './openapi.js';

const FILE = join(
  ...[__dirname, '..', '..', 'node_modules', '@neondatabase', 'api-client', 'public-v2-for-users.gen.yaml'],
);
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

interface Answer {
  readonly content?: Record<string, unknown>;
  readonly $ref?: string;
}
interface Operation {
  readonly operationId: string;
  readonly responses: Record<string, Answer>;
}

/** The published description of the management API, as the published client carries it. */
export class PublishedApi {
  private readonly ajv = new Ajv({
    strict: false,
    allErrors: true,
    formats: {
      ...FORMATS,
      email: /^[^@\s]+@[^@\s]+$/,
      ...{ int: true, int32: true, int64: true, double: true, uri: true },
    },
  });
  private readonly operations = new Map<string, { path: string; method: string; operation: Operation }>();
  private readonly document: { paths: Record<string, Record<string, Operation>> };

  constructor() {
    this.document = parse(readFileSync(FILE, 'utf8')) as typeof this.document;
    this.ajv.addSchema(this.document as object, 'published');
    for (const [path, operations] of Object.entries(this.document.paths)) {
      for (const method of METHODS) {
        const operation = operations[method];
        if (operation !== undefined) this.operations.set(operation.operationId, { path, method, operation });
      }
    }
  }

  /** The operation of a route such as `GET /projects/{project_id}`; null for a route that is not published. */
  findOperation(route: string): string | null {
    for (const [id, { path, method }] of this.operations) if (`${method.toUpperCase()} ${path}` === route) return id;
    return null;
  }

  /** What of an answer is not as published. */
  faults(operationId: string, status: number, body: unknown): string[] {
    const known = this.operations.get(operationId);
    if (known === undefined) return [`${operationId} is not published`];
    const code = String(status) in known.operation.responses ? String(status) : 'default';
    if (code === 'default' && status < 400) return [`${operationId} has no answer ${status}`];
    const validate = this.validator(known.path, known.method, code, known.operation.responses[code]);
    if (validate === null) return body === '' || body === undefined ? [] : ['there is a body'];
    return validate(body)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  }

  private validator(path: string, method: string, code: string, answer: Answer | undefined): ValidateFunction | null {
    const own = `/paths/${escape(path)}/${method}/responses/${code}`;
    const place = answer?.$ref?.replace(/^#/, '') ?? own;
    if (answer?.$ref === undefined && answer?.content === undefined) return null;
    return this.ajv.compile({ $ref: `published#${place}/content/application~1json/schema` });
  }
}

function escape(path: string): string {
  return path.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');
}
