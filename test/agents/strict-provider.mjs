// A provider that answers as the sandbox does and refuses what the vendors' published schemas refuse (wire-schemas.mjs), and what
// their written rules refuse that no type says: roles, calls and results, bounds, seals (test/support/sandbox-checks).
import { readFile } from 'node:fs/promises';
import { requireSource } from '../support/require-source.mjs';
import { wireChecks } from './wire-schemas.mjs';

const { startSandboxServer, RequestRefusal } = requireSource('../../packages/sandbox/src/index.ts');
const { withCamelNames } = requireSource('../../packages/sandbox/src/dialects/proto-json.ts');
const { checkStrictly } = requireSource('./sandbox-checks/strict.ts');
const { checkResponsesRules } = requireSource('./sandbox-checks/responses-request.ts');

const SEED = new URL('../../prisma/seed/catalog.json', import.meta.url);
const API_KEY = 'strict-provider-test-key';
/** How the gateway asks each maker, and where the provider stands in for it. */
const MAKERS = {
  openai: { kind: 'openai', path: '/v1' },
  anthropic: { kind: 'anthropic', path: '/anthropic' },
  google: { kind: 'gemini', path: '/gemini' },
  alibaba: { kind: 'openai-compatible', path: '/v1' },
};

/**
 * @param folder where the generator of the schemas is kept
 * @returns {Promise<{url: string, apiKey: string, refusals: string[], asked: () => number, upstreams: object[], close(): Promise<void>}>}
 *   `refusals` grows; `upstreams` are the bodies of `POST /admin/upstreams` that send the makers' models here
 */
export async function startStrictProvider(folder) {
  const checks = await wireChecks(folder);
  const rows = JSON.parse(await readFile(SEED, 'utf8')).models.filter(isServed);
  const models = new Map(
    rows.map(row => [
      row.provider_model_id ?? row.id,
      { maxOutputTokens: row.max_output_tokens ?? null, dialects: new Set(row.dialects) },
    ]),
  );
  const refusals = [];
  let asked = 0;
  const server = await startSandboxServer({
    apiKey: API_KEY,
    models: id => (models.has(id) ? { id, ...models.get(id) } : null),
    check: request => {
      asked += 1;
      try {
        checkRequest(checks, request);
      } catch (error) {
        refusals.push(`${request.path}: ${error.message}`);
        throw error;
      }
    },
  });
  return {
    url: server.url,
    apiKey: API_KEY,
    refusals,
    asked: () => asked,
    upstreams: Object.entries(MAKERS).map(([provider, { kind, path }]) => ({
      name: `strict-${provider}`,
      kind,
      base_url: server.url + path,
      secret: API_KEY,
      routes: rows.filter(row => row.provider === provider).map(({ id }) => ({ model: id })),
    })),
    close: () => server.close(),
  };
}

const isServed = ({ type, status }) => type === 'chat' && status === 'active';

function checkRequest(checks, request) {
  const name = typeOf(request);
  const body = name === 'GenerateContent' ? withCamelNames(request.body) : request.body;
  const fault = name === null ? null : checks[name](body);
  if (fault !== null) throw new RequestRefusal(400, `${name}: ${fault}`, { code: 'invalid_request' });
  if (name === 'Responses') checkResponsesRules(request);
  else checkStrictly(request);
}

/** The type of wire-types.ts that a request has to be of; null for what the SDKs type as no body. */
function typeOf({ path, rest, headers }) {
  if (path.endsWith('/chat/completions')) return 'Chat';
  if (path.endsWith('/responses')) return 'Responses';
  if (path.endsWith('/count_tokens')) return 'CountTokens';
  if (path.endsWith('/messages')) return headers['anthropic-beta'] === undefined ? 'Messages' : 'BetaMessages';
  return /enerateContent$/.test(rest) ? 'GenerateContent' : null;
}
