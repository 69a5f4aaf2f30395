import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import {
  ApiBody,
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiSecurity,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { GATEWAY_KEY_SCHEMES, GATEWAY_TOKEN_SCHEME } from '../../identity/security-schemes.js';
import { AnthropicError, GeminiError, OpenAiError } from './wire-errors.dto.js';

const REFUSED: Record<number, string> = {
  400: 'the address of the branch cannot be read',
  401: 'the gateway credential is missing, wrong, revoked or over',
  403: 'the credential may not call models, or not on this branch or host',
  404: 'no such route, region, or model of this endpoint',
  429: 'over a limit, blocked, or too many wrong credentials from this address',
  500: 'it failed here; the log says why, under the request’s id',
  503: 'busy, shutting down, or the store is away: try again',
};
const REFUSED_CALL: Record<number, string> = {
  ...REFUSED,
  400: 'the body, the model or a field is wrong here; or the provider says so',
  408: 'the body did not arrive in time',
  413: 'the body is larger than 32 MiB, or than the provider takes',
  415: 'the body is not JSON, or packed in an unknown way',
  502: 'the provider failed, or could not be reached',
};
const OVERLOADED: Record<number, string> = { 529: 'the provider is overloaded' };

const text = (description: string) => ({ description, schema: { type: 'string' } }) as const;
const count = (description: string) => ({ description, schema: { type: 'integer' } }) as const;

const LIMIT_HEADERS = {
  'X-Ratelimit-Limit-Requests': count('of the tightest limit that holds, in its window'),
  'X-Ratelimit-Remaining-Requests': count('what is left of it'),
  'X-Ratelimit-Reset-Requests': text('until its window ends, such as 42s'),
};
const CALL_HEADERS = {
  ...LIMIT_HEADERS,
  'X-Ratelimit-Limit-Tokens': count('the same, of tokens'),
  'X-Ratelimit-Remaining-Tokens': count('what is left of it'),
  'X-Ratelimit-Reset-Tokens': text('until its window ends'),
  'x-bough-model': text('the id of the model in the catalog'),
  'x-bough-upstream': text('who served it'),
  'x-bough-upstream-request-id': text('what the provider calls the request'),
  'x-bough-cost-usd': text('what it cost, where the answer came whole before its head was sent'),
  'x-bough-losses': text('the paths of what the provider could not be told'),
};
const RETRY_HEADERS = {
  'Retry-After': count('seconds until it may be tried again; absent where waiting does not help'),
};

const ERRORS = { openai: OpenAiError, anthropic: AnthropicError, gemini: GeminiError };
type Family = keyof typeof ERRORS;

interface Described {
  /** of the first of the route's paths; the others are told apart by theirs */
  readonly id: string;
  readonly summary: string;
  readonly family?: Family;
  readonly answer: Type;
  /** of the model in the path, where there is one */
  readonly model?: string;
}

interface DescribedCall extends Described {
  readonly body: Type;
  /** whether it may answer with server-sent events */
  readonly streams?: boolean;
}

/** The description of a list of models, or of one. */
export const DescribesModels = ({ family = 'openai', answer, model, ...operation }: Described) =>
  applyDecorators(
    ...(model === undefined ? [] : [ApiParam({ name: 'id', type: String, example: model })]),
    ...common(operation, REFUSED, family),
    ApiExtraModels(answer),
    ApiResponse({ status: 200, description: 'the models', headers: LIMIT_HEADERS, type: answer }),
  );

/** The description of a call of a model. Bodies may hold more than is named. */
export const DescribesCall = ({ family = 'openai', body, answer, streams = true, ...operation }: DescribedCall) =>
  applyDecorators(
    // Nest would answer a POST with 201, and no vendor does.
    HttpCode(200),
    ...common(operation, { ...REFUSED_CALL, ...(family === 'anthropic' ? OVERLOADED : {}) }, family),
    ApiHeader({
      name: 'x-bough-strict',
      required: false,
      description: 'true: 400 rather than an answer with x-bough-losses',
      schema: { type: 'boolean' },
    }),
    ApiBody({ type: body, required: true }),
    ApiExtraModels(answer),
    ApiResponse({
      status: 200,
      description: 'the answer of the model',
      headers: CALL_HEADERS,
      content: {
        'application/json': { schema: { $ref: getSchemaPath(answer) } },
        ...(streams ? { 'text/event-stream': { schema: { type: 'string' } } } : {}),
      },
    }),
  );

/** The description of a probe that is answered without a body. */
export const DescribesHello = (id: string, summary: string) =>
  applyDecorators(
    ApiTags('inference'),
    ApiOperation({ operationId: id, summary }),
    ApiResponse({ status: 200, description: 'somebody is there' }),
  );

function common(
  { id, summary }: Pick<Described, 'id' | 'summary'>,
  refusals: Record<number, string>,
  family: Family,
): MethodDecorator[] {
  const refusal = ([status, description]: [string, string]) =>
    ApiResponse({
      status: Number(status),
      description,
      type: ERRORS[family],
      ...(status === '429' || status === '503' ? { headers: RETRY_HEADERS } : {}),
    });
  return [
    ApiTags('inference'),
    ApiOperation({ operationId: id, summary }),
    ...[GATEWAY_TOKEN_SCHEME, ...GATEWAY_KEY_SCHEMES].map(scheme => ApiSecurity(scheme)),
    ...Object.entries(refusals).map(refusal),
  ];
}
