import { lossNames } from '../dialects/wire/loss-list.js';
import type { Loss } from '../dialects/neutral/neutral.types.js';
import { idHeadersOf } from '../platform/http/edge.middleware.js';
import { nanoToUsd } from '../platform/nano-usd.js';
import type { Header } from '../providers/provider.js';
import type { Answer } from '../upstream/upstream.service.js';
import type { InferenceRequest } from './inference-request.js';

/**
 * The headers of a relayed answer: the upstream's limits where it told them, else ours, and who answered.
 * @param losses what the target could not be told, and what of its answer cannot be
 */
export function answerHeaders(request: InferenceRequest, answer: Answer, losses: readonly Loss[]): Header[] {
  const { headers, target } = answer;
  const list: Header[] = [...headers.forwarded];
  if (!headers.rateLimited) list.push(...ownLimitHeaders(request));
  list.push(['x-bough-model', request.model.id], ['x-bough-upstream', target.upstream.name]);
  const { record } = request.work ?? {};
  if (record !== undefined) list.push(['x-bough-cost-usd', nanoToUsd(record.costNanoUsd)]);
  if (losses.length > 0) list.push(['x-bough-losses', lossNames(losses)]);
  if (headers.requestId !== null) list.push(['x-bough-upstream-request-id', headers.requestId]);
  list.push(...idHeadersOf(request));
  return list;
}

/**
 * `X-Ratelimit-*` of our own limits; the requests a minute of the credential where no tighter limit counts requests. Made once,
 * so that the head of the answer and the record of the request say the same.
 */
export function ownLimitHeaders(request: Partial<Pick<InferenceRequest, 'work' | 'throttle'>>): readonly Header[] {
  const { work, throttle } = request;
  if (work === undefined) return limitHeadersOf([], throttle);
  return (work.toldLimits ??= limitHeadersOf(work.reservation?.headers() ?? work.limitHeaders, throttle));
}

function limitHeadersOf(own: readonly Header[], throttle: InferenceRequest['throttle']): readonly Header[] {
  if (throttle === undefined || own.some(([name]) => name === 'X-Ratelimit-Limit-Requests')) return own;
  return [
    ...own,
    ['X-Ratelimit-Limit-Requests', String(throttle.limit)],
    ['X-Ratelimit-Remaining-Requests', String(throttle.remaining)],
    ['X-Ratelimit-Reset-Requests', `${throttle.resetSeconds}s`],
  ];
}
