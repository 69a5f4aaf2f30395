import type { DocumentBuilder } from '@nestjs/swagger';

type SecuritySchemeObject = Parameters<DocumentBuilder['addSecurity']>[1];

/** The names of the credentials in the OpenAPI document. */
export const MANAGEMENT_KEY_SCHEME = 'management-key';
export const GATEWAY_TOKEN_SCHEME = 'gateway-token';
export const GATEWAY_KEY_SCHEMES = ['gateway-x-api-key', 'gateway-x-goog-api-key'] as const;

const bearer = (bearerFormat: string, description: string): SecuritySchemeObject => ({
  ...{ type: 'http', scheme: 'bearer' },
  ...{ bearerFormat, description },
});
const header = (name: string): SecuritySchemeObject => ({
  ...{ type: 'apiKey', in: 'header', name },
  description: 'the same gateway credential, where an SDK sends it under this name; an operator may switch that off',
});

export const SECURITY_SCHEMES: Readonly<Record<string, SecuritySchemeObject>> = {
  [MANAGEMENT_KEY_SCHEME]: bearer('napi_…', 'a management key, or a token of the OpenID issuer'),
  [GATEWAY_TOKEN_SCHEME]: bearer('nt_live_…', 'a gateway credential, for /v1 and the other inference paths'),
  'gateway-x-api-key': header('x-api-key'),
  'gateway-x-goog-api-key': header('x-goog-api-key'),
};
