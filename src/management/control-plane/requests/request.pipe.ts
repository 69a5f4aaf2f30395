import { Injectable, type PipeTransform, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { GatewayError } from '../../../errors/gateway-error.js';

const MAX_PROBLEMS = 5;
const MAX_FIELD_LENGTH = 100;

interface Problem {
  readonly field: string;
  readonly sentence: string;
}

/** Checks bodies and queries of the control plane against their DTO classes. Inference routes have no pipe. */
export const requestPipe = new ValidationPipe({
  transform: true,
  whitelist: true,
  forbidNonWhitelisted: true,
  stopAtFirstError: true,
  exceptionFactory: refuseRequest,
});

/** Names each field at fault and says what would be right. */
function refuseRequest(errors: readonly ValidationError[]): GatewayError {
  const problems = errors.flatMap(error => listProblems(error, ''));
  const shown = problems.slice(0, MAX_PROBLEMS).map(({ field, sentence }) => `${field} ${sentence}`);
  const more = problems.length > MAX_PROBLEMS ? [`and ${problems.length - MAX_PROBLEMS} more`] : [];
  return new GatewayError('invalid_request', {
    publicMessage: [...shown, ...more].join('; ') || undefined,
    param: problems[0]?.field,
  });
}

function listProblems({ property, constraints = {}, children = [] }: ValidationError, path: string): Problem[] {
  const field = (path + property).slice(0, MAX_FIELD_LENGTH);
  const own = Object.entries(constraints).map(([rule, text]) => ({
    field,
    sentence: sentenceOf(rule, text, property),
  }));
  return [...own, ...children.flatMap(child => listProblems(child, `${field}.`))];
}

function sentenceOf(rule: string, text: string, property: string): string {
  if (rule === 'whitelistValidation') return 'is not a field of this request: remove it';
  if (rule === 'nestedValidation') return 'must be an object';
  return text.startsWith(`${property} `) ? text.slice(property.length + 1) : text;
}

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
