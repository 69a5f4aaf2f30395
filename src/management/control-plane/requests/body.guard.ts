import type { ServerResponse } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { Reflector } from '@nestjs/core';
import { GatewayError } from '../../../errors/gateway-error.js';
import { JsonSyntaxError, scanObject } from '../../../json/scan.js';
import { StructureError, type StructureLimits, StructureMeter } from '../../../json/structure-meter.js';
import type { RoutedRequest } from '../../../platform/http/gateway-request.js';
import { LOOP_PACE } from '../../../platform/loop-pace.js';
import { readWhole } from './read-body.js';
import { YamlReader } from './yaml-reader.service.js';

/** What the body of a route may be. */
export interface BodyForm {
  /** whether YAML is taken besides JSON */
  readonly yaml: boolean;
  readonly limits: StructureLimits;
}

/** Several times what any single object of the control plane is made of, and checked within milliseconds. */
const ONE_OBJECT: BodyForm = { yaml: false, limits: { depth: 32, keys: 200, items: 1_000, values: 5_000 } };

/** A whole configuration: more than fits into the largest body. */
export const DOCUMENT: BodyForm = { yaml: true, limits: { depth: 32, keys: 200, items: 20_000, values: 100_000 } };

/** For a route whose body is not `ONE_OBJECT`. */
export const BodyOf = Reflector.createDecorator<BodyForm>();

const MAX_BYTES = 1_048_576;
const LARGE_BYTES = 65_536;
const MAX_FIELD_LENGTH = 100;
const YAML = new Set(['application/yaml', 'application/x-yaml', 'text/yaml']);
const NOTHING_WATCHED: ReadonlySet<string> = new Set();
/** The checks after it drop these without a word, wherever they stand. */
const SWALLOWED = ['__proto__', 'constructor'];

/**
 * Reads the body of a route of the control plane. It stands behind the guard that asks who calls, and nothing before it reads
 * a byte. What the body holds is counted while it is scanned; only what the checks after it can deal with is parsed.
 */
@Injectable()
export class BodyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly yaml: YamlReader,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<RoutedRequest>();
    if (!sendsBody(request)) return true;
    const form = this.reflector.get(BodyOf, context.getHandler()) ?? ONE_OBJECT;
    const isYaml = requireType(request.headers['content-type'], form);
    const bytes = await readWhole(request, http.getResponse<ServerResponse>(), MAX_BYTES);
    if (bytes.length === 0) return true;
    // Checking a large one takes milliseconds: no two of them in one turn of the event loop.
    if (bytes.length > LARGE_BYTES) await LOOP_PACE.room(MAX_BYTES);
    const body = await (isYaml ? this.yaml.read(bytes, form.limits) : readJson(bytes, form)).catch(refuse);
    const stray = SWALLOWED.find(key => holdsKey(key, body)) ?? (readsBody(context) ? undefined : firstKey(body));
    if (stray !== undefined) {
      const param = stray.slice(0, MAX_FIELD_LENGTH);
      const publicMessage = `${param} is not a field of this request: remove it`;
      throw new GatewayError('invalid_request', { publicMessage, param });
    }
    request.body = body;
    return true;
  }
}

function sendsBody({ headers }: RoutedRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Whether the body is YAML rather than JSON.
 * @throws {GatewayError} unsupported_encoding: a body that nobody reads would count as absent, and its fields as not given
 */
function requireType(contentType: string | undefined, { yaml }: BodyForm): boolean {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map(part => part.trim().toLowerCase());
  const isYaml = yaml && YAML.has(type);
  if (!isYaml && type !== 'application/json') {
    throw new GatewayError('unsupported_encoding', {
      publicMessage: 'the body must be JSON: send it with the header content-type: application/json',
    });
  }
  const charsets = parameters.filter(parameter => /^charset\s*=/.test(parameter));
  if (!charsets.every(charset => /^charset="?(utf-?8|us-ascii)"?$/.test(charset))) {
    throw new GatewayError('unsupported_encoding', {
      publicMessage: 'the body must be UTF-8: send it with the header content-type and no other charset',
    });
  }
  return isYaml;
}

async function readJson(bytes: Buffer, { limits }: BodyForm): Promise<unknown> {
  scanObject(bytes, NOTHING_WATCHED, { meter: new StructureMeter(limits) });
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (cause) {
    throw new GatewayError('invalid_json', { cause });
  }
}

function refuse(error: unknown): never {
  if (error instanceof JsonSyntaxError) {
    throw new GatewayError('invalid_json', { publicMessage: error.message, cause: error });
  }
  if (!(error instanceof StructureError)) throw error;
  const param = error.key?.slice(0, MAX_FIELD_LENGTH);
  throw new GatewayError('invalid_request', { publicMessage: error.message, param, cause: error });
}

/** A handler without a parameter for the body would ignore whatever is in it. */
function readsBody(context: ExecutionContext): boolean {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name) as unknown;
  return Object.keys(parameters ?? {}).some(key => key.startsWith(`${RouteParamtypes.BODY}:`));
}

function firstKey(body: unknown): string | undefined {
  return typeof body === 'object' && body !== null ? Object.keys(body)[0] : undefined;
}

/** Of a body that is known not to be deep. */
function holdsKey(key: string, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, key) || Object.values(value).some(item => holdsKey(key, item));
}
