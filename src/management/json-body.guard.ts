import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { Request } from 'express';
import { GatewayError } from '../errors/gateway-error.js';

/** Deeper than any body of the control plane, and far from where recursive checks would overflow the stack. */
const MAX_DEPTH = 32;
const MAX_FIELD_LENGTH = 100;
/** The checks after it drop these without a word, wherever they stand. */
const SWALLOWED = ['__proto__', 'constructor'];

/** Lets in bodies that the checks after it can deal with. */
@Injectable()
export class JsonBodyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers, body } = context.switchToHttp().getRequest<Request>();
    const sent = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    // A body that the JSON parser left alone would count as absent, and its fields as not given.
    if (sent && body === undefined) {
      throw new GatewayError('unsupported_encoding', {
        publicMessage: 'the body must be JSON: send it with the header content-type: application/json',
      });
    }
    if (isDeeperThan(MAX_DEPTH, body)) {
      throw new GatewayError('invalid_request', {
        publicMessage: `the body is nested deeper than ${MAX_DEPTH} levels`,
      });
    }
    const stray = SWALLOWED.find(key => holdsKey(key, body)) ?? (readsBody(context) ? undefined : firstKey(body));
    if (stray !== undefined) {
      const param = stray.slice(0, MAX_FIELD_LENGTH);
      const publicMessage = `${param} is not a field of this request: remove it`;
      throw new GatewayError('invalid_request', { publicMessage, param });
    }
    return true;
  }
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

/** Level by level, without recursion. */
function isDeeperThan(depth: number, value: unknown): boolean {
  let level = [value];
  for (let reached = 0; reached <= depth; reached += 1) {
    level = level.flatMap(item => (typeof item === 'object' && item !== null ? Object.values(item) : []));
    if (level.length === 0) return false;
  }
  return true;
}
