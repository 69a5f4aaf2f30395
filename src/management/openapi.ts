import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { MANAGEMENT_KEY_SCHEME } from './control-plane.decorator.js';

const GATEWAY_TOKEN_SCHEME = 'gateway-token';

const DESCRIPTION = [
  'The control plane of a Bough installation: **api v2** for projects, branches and credentials in the shapes of the Neon',
  'API, and **admin** for models, upstreams, limits, blocks and usage.',
  '',
  'Everything but the operator’s probes asks for a management key (`Authorization: Bearer napi_…`). Gateway tokens',
  '(`nt_live_…`) call models and manage nothing.',
  '',
  'Every answer carries `x-request-id`. Errors of api v2 have the body `{request_id, code, message}`, those of admin',
  '`{error: {message, type, param, code}}`; the message names the field at fault and says what is wanted. 503 is always',
  'safe to repeat.',
].join('\n');

/** Serves the description of the control plane at `/docs`, and as a document at `/docs-json`. It shows no data. */
export function mountOpenApi(app: INestApplication): void {
  // The document is made when it is first asked for, not at every start.
  SwaggerModule.setup('docs', app, () => describeControlPlane(app), {
    jsonDocumentUrl: 'docs-json',
    customSiteTitle: 'Bough',
    raw: ['json'],
  });
}

function describeControlPlane(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Bough')
    .setDescription(DESCRIPTION)
    .setVersion('2')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'napi_…', description: 'a management key' },
      MANAGEMENT_KEY_SCHEME,
    )
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'nt_live_…',
        description: 'a gateway credential, for /v1 and the other inference paths',
      },
      GATEWAY_TOKEN_SCHEME,
    )
    .build();
  return withIdempotencyKeys(SwaggerModule.createDocument(app, config));
}

/** Every POST takes the header, whichever controller it is in. */
function withIdempotencyKeys(document: OpenAPIObject): OpenAPIObject {
  const parameter = {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'the same key with the same request is answered as the first time, for 24 hours',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  } as const;
  for (const { post } of Object.values(document.paths)) {
    if (post === undefined) continue;
    post.parameters = [...(post.parameters ?? []), parameter];
    post.responses['409'] ??= { description: 'a request with this Idempotency-Key is running: repeat in a moment' };
    post.responses['422'] = { description: 'the Idempotency-Key belongs to another request' };
  }
  return document;
}
