import type { Loss } from '../dialects/neutral/neutral.types.js';
import type { AttemptDetail, RequestDetail, Verdict } from '../metering/request-detail.js';
import { storableText } from '../metering/usage-row.js';
import { withoutTokens } from '../platform/token-words.js';
import type { EdgeRequest } from '../platform/http/gateway-request.js';
import { ownLimitHeaders } from './answer-headers.js';
import type { Attempt } from './attempt.js';
import type { InferenceRequest } from './inference-request.js';

const MAX_ATTEMPTS = 16;
const MAX_LOSSES = 32;
const MAX_TEXT = 500;
const MAX_MODEL = 200;

/** A request of any route, as far as its guards came. */
export type DescribedRequest = EdgeRequest & Partial<InferenceRequest>;

/**
 * What became of a request, as JSON for its record: whom it was put to and how that ended, what they could not be told, how
 * its limits stood.
 * @param message what the caller is told; null where that is no error
 */
export function detailOf(request: DescribedRequest, message: string | null): string {
  const { arrivedAt, work, model, wire } = request;
  const asked = wire?.model ?? null;
  const losses = lossesOf(request);
  const limits = ownLimitHeaders(request);
  const detail: { -readonly [Field in keyof RequestDetail]: RequestDetail[Field] } = {};
  if (asked !== null && asked !== model?.id) detail.asked_model = storableText(withoutTokens(asked), MAX_MODEL);
  if (message !== null) detail.message = storableText(withoutTokens(message), MAX_TEXT);
  if (work?.reservation != null) detail.admitted_ms = since(arrivedAt, work.admittedAt);
  if (work !== undefined && work.attempts.length > 0) {
    const { attempts } = work;
    detail.attempts = attempts
      .slice(0, MAX_ATTEMPTS)
      .map((attempt, index) => attemptOf(attempt, arrivedAt, index === attempts.length - 1));
  }
  if (losses.length > 0) detail.losses = losses.slice(0, MAX_LOSSES).map(storableLoss);
  if (limits.length > 0) detail.limits = limits;
  return JSON.stringify(detail);
}

function attemptOf(attempt: Attempt, arrivedAt: number, isLast: boolean): AttemptDetail {
  const { target, startedAt, endedAt, outcome, status } = attempt;
  const error = outcome?.error ?? null;
  return {
    upstream: target.upstream.name,
    model: target.model,
    verdict: verdictOf(outcome, isLast),
    ...(status !== null && { status }),
    ...(error !== null && { code: error.code }),
    started_ms: since(arrivedAt, startedAt),
    ended_ms: since(arrivedAt, endedAt ?? performance.now()),
  };
}

function verdictOf(outcome: Attempt['outcome'], isLast: boolean): Verdict {
  if (outcome === null || outcome.kind === 'aborted') return 'caller_left';
  if (outcome.kind === 'answer') return 'answered';
  return isLast ? 'gave_up' : 'next_target';
}

/** Of the request itself, and of the target that was asked last. */
function lossesOf({ adapted = [], wire, work }: DescribedRequest): readonly Loss[] {
  const told = work?.attempts.at(-1)?.prepared?.losses ?? [];
  if (adapted.length === 0 && wire?.losses === undefined) return told;
  return [...adapted, ...(wire?.losses ?? []), ...told];
}

function storableLoss({ field, reason }: Loss): Loss {
  return { field: storableText(withoutTokens(field), MAX_MODEL), reason: storableText(reason, MAX_TEXT) };
}

/** To the tenth of a millisecond. */
function since(arrivedAt: number, at: number): number {
  return Math.round((at - arrivedAt) * 10) / 10;
}
