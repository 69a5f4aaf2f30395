import type { INestApplication } from '@nestjs/common';
import { Ajv, type ValidateFunction } from 'ajv';
import { describeRoutes } from '../../src/management/control-plane/openapi/openapi.js';
import {
  type ApiDocument,
  FORMATS,
  jsonSchemaOf,
  listOperations,
  type NamedOperation,
  type Schema,
} from './openapi.js';

/** A request that was answered. */
interface Exchange {
  readonly method: string;
  readonly path: string;
  /** the body of the request, as an object or as it was written */
  readonly sent?: unknown;
  readonly response: Response;
  readonly text: string;
}

interface Described {
  readonly pattern: RegExp;
  readonly operation: NamedOperation;
}

/** A request may say a time in any zone, an answer says it in one form. */
const SENT = { ...FORMATS, 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/ };

const CONTROL_PLANE = /^\/(admin|api\/v2)(\/|$)/;
/** What is refused before it is known which route it would be, or that there is none. */
const NOWHERE = new Set([400, 401, 403, 404, 405, 413, 415, 429]);

/**
 * Compares answers of the control plane with the document of its routes, strictly: a field that one of them has and the other
 * has not is a fault, as is a status that is not told. Of a request that was done, body and query are compared too.
 */
export class DescribedAnswers {
  private static readonly known = new Map<string, DescribedAnswers>();
  private loaded: { readonly given: Ajv; readonly sent: Ajv; readonly routes: readonly Described[] } | undefined;
  private readonly validators = new Map<string, ValidateFunction>();

  private constructor(private readonly app: INestApplication) {}

  /** Of an application that has begun to answer at an address. */
  static begin(baseUrl: string, app: INestApplication): void {
    this.known.set(baseUrl, new DescribedAnswers(app));
  }

  /** @throws {Error} for an address where none has begun: nothing would be compared there */
  static at(baseUrl: string): DescribedAnswers {
    const known = this.known.get(baseUrl);
    if (known === undefined) throw new Error(`no application is known at ${baseUrl}`);
    return known;
  }

  /** @throws {Error} that names every difference */
  expectDescribed(exchange: Exchange): void {
    const [path = '', query = ''] = exchange.path.split('?', 2);
    if (!CONTROL_PLANE.test(path)) return;
    // A port that is not the control plane's knows none of its routes.
    const operation = isNowhere(exchange) ? undefined : this.find(exchange.method, path);
    const faults =
      operation === undefined
        ? faultsOfNowhere(exchange.response.status)
        : [...this.faultsOfAnswer(operation, exchange), ...this.faultsOfRequest(operation, exchange, query)];
    if (faults.length === 0) return;
    const { status } = exchange.response;
    throw new Error(
      `${operation?.route ?? `${exchange.method} ${path}`} answered ${status}, not as it is described:\n  ` +
        `${faults.join('\n  ')}\n${exchange.text.slice(0, 1_000)}`,
    );
  }

  private faultsOfAnswer(operation: NamedOperation, { response, text }: Exchange): string[] {
    const described = operation.responses[String(response.status)];
    if (described === undefined) return ['the status is not described'];
    if (text === '') return described.content === undefined ? [] : ['there is no body'];
    const [type = ''] = (response.headers.get('content-type') ?? '').split(';', 1);
    const media = described.content?.[type];
    if (media?.schema === undefined) return [`a body of the type ${type} is not described`];
    if (type !== 'application/json') return [];
    return this.faults('given', `${operation.route} ${response.status}`, media.schema, JSON.parse(text));
  }

  /** What was refused may well have been wrong. */
  private faultsOfRequest(operation: NamedOperation, { response, sent }: Exchange, query: string): string[] {
    if (response.status >= 300) return [];
    const taken = new Set(operation.parameters?.filter(one => one.in === 'query').map(({ name }) => name));
    const strange = [...new URLSearchParams(query).keys()].filter(name => !taken.has(name));
    const schema = operation.requestBody?.content['application/json']?.schema;
    const body: unknown = typeof sent === 'string' ? JSON.parse(sent) : sent;
    const wrong =
      schema === undefined || body === undefined || body === null
        ? []
        : this.faults('sent', `${operation.route} body`, schema, body);
    return [...strange.map(name => `the query ${name} is not described`), ...wrong.map(fault => `the body: ${fault}`)];
  }

  private faults(way: 'given' | 'sent', name: string, schema: Schema, value: unknown): string[] {
    const validate = this.validators.get(name) ?? this.load()[way].compile(jsonSchemaOf(schema));
    this.validators.set(name, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message, params }) => {
      const extra = (params as { additionalProperty?: string }).additionalProperty;
      return `${instancePath === '' ? 'it' : instancePath} ${message}${extra === undefined ? '' : `: ${extra}`}`;
    });
  }

  private find(method: string, path: string): NamedOperation | undefined {
    return this.load().routes.find(({ pattern, operation }) => operation.method === method && pattern.test(path))
      ?.operation;
  }

  /** Once a file, and only where something is asked. */
  private load() {
    this.loaded ??= read(JSON.parse(JSON.stringify(describeRoutes(this.app))) as ApiDocument);
    return this.loaded;
  }
}

function read(document: ApiDocument) {
  const reader = (formats: typeof FORMATS) => {
    const ajv = new Ajv({ strict: false, allErrors: true, formats });
    for (const [name, schema] of Object.entries(document.components.schemas))
      ajv.addSchema(jsonSchemaOf(schema), `#/components/schemas/${name}`);
    return ajv;
  };
  // What is named goes before what stands for anything.
  const routes = listOperations(document)
    .toSorted((left, right) => placeholders(left.path) - placeholders(right.path))
    .map(operation => ({ operation, pattern: new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) }));
  return { given: reader(FORMATS), sent: reader(SENT), routes };
}

function placeholders(path: string): number {
  return path.split('{').length;
}

function isNowhere({ response, text }: Exchange): boolean {
  return response.status === 404 && /"code":"route_not_found"/i.test(text);
}

function faultsOfNowhere(status: number): string[] {
  return NOWHERE.has(status) ? [] : ['the route is not described'];
}
