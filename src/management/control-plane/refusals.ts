import { GatewayError } from '../../errors/gateway-error.js';

/** A field of the request is wrong; the sentence says what is wanted. */
export function invalidField(field: string, sentence: string): GatewayError {
  return new GatewayError('invalid_request', { publicMessage: `${field} ${sentence}`, param: field });
}

/** Nothing of that name that this operator may see: unknown, deleted and another organization's are all alike. */
export function notFound(what: string, param?: string): GatewayError {
  return new GatewayError('not_found', { publicMessage: `${what} not found`, param });
}

/** The body of a change that changes nothing. */
export function nothingToChange(): GatewayError {
  return new GatewayError('invalid_request', { publicMessage: 'the body names no field to change' });
}

export function conflict(sentence: string, param?: string): GatewayError {
  return new GatewayError('conflict', { publicMessage: sentence, param });
}
