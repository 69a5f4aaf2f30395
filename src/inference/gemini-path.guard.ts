import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ACTIONS, EMBED_ACTIONS, readModelPath, STREAM } from '../dialects/gemini/paths.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { UnguardedRequest } from './inference-request.js';

/** Whether the path asks for vectors: what it says is then a request of the dialect of embeddings. */
export function asksForVectors({ pathFields }: Pick<UnguardedRequest, 'pathFields'>): boolean {
  return pathFields !== undefined && EMBED_ACTIONS.includes(pathFields.action);
}

/** Reads model and action off the path, before anybody is asked who they are (docs/contract.md section 4, step 2). */
@Injectable()
export class GeminiPathGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<UnguardedRequest>();
    const [target = '', query = ''] = request.url.split('?', 2);
    const path = readModelPath(decodeURIComponent(target.slice(target.lastIndexOf('/') + 1)));
    if (path === null) throw new GatewayError('route_not_found', { publicMessage: 'invalid gemini model path' });
    if (!ACTIONS.includes(path.action) && !EMBED_ACTIONS.includes(path.action)) {
      throw new GatewayError('route_not_found', { publicMessage: 'unsupported gemini action' });
    }
    const stream = path.action === STREAM;
    request.pathFields = {
      model: path.model,
      action: path.action,
      stream,
      jsonArray: stream && new URLSearchParams(query).getAll('alt').join() !== 'sse',
    };
    return true;
  }
}
