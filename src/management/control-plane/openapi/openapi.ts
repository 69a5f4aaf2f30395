import type { ServerResponse } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Response } from 'express';
import { MANAGEMENT_KEY_SCHEME, SECURITY_SCHEMES } from '../../../identity/security-schemes.js';
import { completeDocument, operationIdOf } from './openapi-details.js';

const DESCRIPTION = [
  'A Bough installation. Its control plane is **api v2** for projects, branches and credentials in the shapes of the Neon',
  'API, and **admin** for models, upstreams, limits, blocks, usage, keys and audit; the data plane is **inference**.',
  '',
  'Everything but the operator’s probes asks for a management key (`Authorization: Bearer napi_…`), or for a token of the',
  'OpenID issuer where one is configured. Gateway tokens (`nt_live_…`) call models and manage nothing.',
  '',
  'Every answer carries `x-request-id`. Errors of api v2 have the body `{request_id, code, message}`, those of admin',
  '`{error: {message, type, param, code}}`; the message names the field at fault and says what is wanted. 503 is always',
  'safe to repeat.',
].join('\n');

/** A page into which operators write a key runs what is served here and nothing else, and stands in nobody's frame. */
const POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:"],
  ...["connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"],
].join('; ');

/** Serves the description of the routes at `/docs`, and as a document at `/docs-json`. It shows no data. */
export function mountOpenApi(app: INestApplication): void {
  app.use('/docs', (_: unknown, response: ServerResponse, next: () => void) => {
    response.setHeader('content-security-policy', POLICY);
    response.setHeader('x-content-type-options', 'nosniff');
    next();
  });
  // The document is made when it is first asked for, not at every start, and written once: anyone who asks is a stranger.
  let document: OpenAPIObject | undefined;
  let written: Buffer | undefined;
  const describe = () => (document ??= describeRoutes(app));
  SwaggerModule.setup('docs', app, describe, { customSiteTitle: 'Bough', raw: false });
  app.getHttpAdapter().get('/docs-json', (_request: unknown, response: Response) => {
    response.type('application/json').send((written ??= Buffer.from(JSON.stringify(describe()))));
  });
}

/** The document of the routes that an application has. */
export function describeRoutes(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Bough')
    .setDescription(DESCRIPTION)
    .setVersion('2')
    .addTag('admin', 'models, upstreams, routes, limits, blocks, credit, usage, keys, audit')
    .addTag('api v2', 'projects, branches and credentials, in the shapes of the Neon API')
    .addTag('inference', 'the gateway itself: calls of models, in the dialects of their makers')
    .addTag('operations', 'whether it lives, and what it measures')
    .build();
  config.components = { securitySchemes: { ...SECURITY_SCHEMES } };
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: operationIdOf,
    autoTagControllers: false,
  });
  return completeDocument(document, MANAGEMENT_KEY_SCHEME);
}
