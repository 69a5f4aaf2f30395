import { GatewayError } from '../errors/gateway-error.js';
import { spliceValue } from '../json/splice.js';
import { dialectFor } from '../routing/capabilities.js';
import type { Target } from '../routing/target.types.js';
import type { TargetCall } from '../upstream/upstream.service.js';
import type { InferenceRequest } from './inference-request.js';
import { translateRequest } from './translation.js';
import { WIRE_DIALECTS, type WireDialect } from './wire-dialect.js';

const LARGE_BODY_BYTES = 262_144;

/**
 * The request as this target is asked it: the caller's bytes where it speaks the caller's dialect (decision 1), else their
 * meaning in a dialect that it does speak (decision 2).
 * @throws {GatewayError} upstream_model_unavailable where it speaks none; invalid_request where the meaning cannot be carried
 */
export function callFor(request: InferenceRequest, caller: WireDialect, target: Target): TargetCall {
  const dialect = dialectFor(target.upstream.kind, request.model, caller.name);
  const codec = dialect === null ? null : WIRE_DIALECTS[dialect].codec;
  if (dialect === caller.name) {
    request.losses = request.adapted ?? [];
    return { dialect, native: true, body: nativeBody(request, target) };
  }
  if (dialect === null || codec === null || caller.codec === null) {
    const internal = `${target.upstream.name} speaks no dialect for ${caller.name}`;
    throw new GatewayError('upstream_model_unavailable', { internal });
  }
  const { body, losses } = translateRequest(request, caller.codec, target, codec);
  request.losses = [...(request.adapted ?? []), ...losses];
  return { dialect, native: false, body: [body] };
}

/** The caller's bytes with only the model's name replaced. */
function nativeBody({ wire }: InferenceRequest, target: Target): readonly Buffer[] {
  const { body, modelField } = wire;
  if (modelField === null) return [body];
  const model = JSON.stringify(target.model);
  // A small body is cheapest in one write, a large one without a second copy of it.
  if (body.length < LARGE_BODY_BYTES) return [spliceValue(body, modelField, model)];
  return [body.subarray(0, modelField.start), Buffer.from(model), body.subarray(modelField.end)];
}
