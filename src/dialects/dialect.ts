/** The wire languages of the contract, by the names that its error messages use (docs/contract.md section 2). */
export const DIALECTS = [
  'chat_completions',
  'anthropic_messages',
  'openai_responses',
  'gemini_generate_content',
  'embeddings',
] as const;

export type Dialect = (typeof DIALECTS)[number];
