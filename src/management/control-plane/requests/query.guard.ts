import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { EdgeRequest } from '../../../platform/http/gateway-request.js';
import { invalidField } from '../refusals.js';
import { isStorable } from './storable.js';

const MAX_NAME_LENGTH = 100;

/** Refuses a query whose escapes stand for no text: what parses it later would put something else in its place. */
@Injectable()
export class QueryGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { url } = context.switchToHttp().getRequest<EdgeRequest>();
    const begin = url.indexOf('?');
    if (begin < 0 || !url.includes('%', begin)) return true;
    for (const pair of url.slice(begin + 1).split('&')) {
      if (isText(pair)) continue;
      const [name = ''] = pair.split('=', 1);
      throw invalidField(isText(name) ? decodeURIComponent(name).slice(0, MAX_NAME_LENGTH) : 'the query', SENTENCE);
    }
    return true;
  }
}

const SENTENCE = 'must be text in UTF-8 without U+0000';

function isText(escaped: string): boolean {
  try {
    return isStorable(decodeURIComponent(escaped));
  } catch {
    return false;
  }
}
