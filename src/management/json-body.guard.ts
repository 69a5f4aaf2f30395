import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { GatewayError } from '../errors/gateway-error.js';

/** Deeper than any body of the control plane, and far from where recursive checks would overflow the stack. */
const MAX_DEPTH = 32;

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
    return true;
  }
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
