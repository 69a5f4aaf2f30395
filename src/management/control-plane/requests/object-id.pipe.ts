import { Injectable, type PipeTransform } from '@nestjs/common';
import { GatewayError } from '../../../errors/gateway-error.js';

const OBJECT_ID = /^[A-Za-z0-9._:-]{1,200}$/;

/** Whether an object can be called so. */
export function isObjectId(id: unknown): id is string {
  return typeof id === 'string' && OBJECT_ID.test(id);
}

/** An id in a path. What no object can be called names nothing: 404, without a query. */
@Injectable()
export class ObjectIdPipe implements PipeTransform<string, string> {
  transform(id: string): string {
    if (!isObjectId(id)) throw new GatewayError('not_found');
    return id;
  }
}
