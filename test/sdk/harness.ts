import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

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

/** What the ledger says of the calls of a model in a dialect, once so many of them are there. */
export function ledgerOf(gateway: TestGateway, model: string, dialect: string, calls: number): Promise<LedgerRow[]> {
  return eventually(async () => {
    const rows = await gateway.sql<LedgerRow>(
      'SELECT status, estimated, input_tokens, output_tokens FROM usage_records WHERE model_id = $1 AND dialect = $2',
      [model, dialect],
    );
    return rows.length >= calls && rows;
  }, `${calls} calls of ${model} in the ledger`);
}

interface LedgerRow {
  readonly status: string;
  readonly estimated: boolean;
  readonly input_tokens: string;
  readonly output_tokens: string;
}
