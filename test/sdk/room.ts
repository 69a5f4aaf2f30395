import { startTestGateway, type TestGateway } from '../support/gateway.js';

/** The models that the SDK specs ask for: one of each maker on its own endpoint. */
export const MODELS = {
  claude: 'claude-haiku-4-5',
  gpt: 'gpt-5-4',
  gemini: 'gemini-2-5-flash',
  open: 'glm-5-2',
  embedding: 'qwen3-embedding-0-6b',
} as const;

const CHAT_DIALECTS = [
  'chat_completions',
  'anthropic_messages',
  'openai_responses',
  'gemini_generate_content',
] as const;

/** A gateway on the sandbox where each of the models answers on every endpoint, as an administrator may open them. */
export async function startOpenGateway(environment: Record<string, string> = {}): Promise<TestGateway> {
  const gateway = await startTestGateway(environment);
  for (const model of [MODELS.claude, MODELS.gpt, MODELS.gemini, MODELS.open]) {
    const { status } = await gateway.manage('PATCH', `/admin/models/${model}`, { dialects: CHAT_DIALECTS });
    if (status !== 200) throw new Error(`could not open ${model}`);
  }
  return gateway;
}

/** A red square of one pixel. */
export const RED_PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==';

export const WEATHER_SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
} as const;

export const PERSON_SCHEMA = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer' } },
  required: ['name', 'age'],
  additionalProperties: false,
} as const;

/** The newest row of the ledger. */
export async function lastUsage(
  gateway: TestGateway,
): Promise<{ status: string; dialect: string; estimated: boolean }> {
  const rows = await gateway.sql<{ status: string; dialect: string; estimated: boolean }>(
    'SELECT status, dialect, estimated FROM usage_records ORDER BY occurred_at DESC LIMIT 1',
  );
  const [row] = rows;
  if (row === undefined) throw new Error('nothing in the ledger');
  return row;
}
