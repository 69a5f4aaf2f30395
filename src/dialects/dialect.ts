/** The dialects that are translated into each other: each has a codec. */
const TRANSLATED = ['chat_completions', 'anthropic_messages', 'openai_responses', 'gemini_generate_content'] as const;

/** Those that have no counterpart in another dialect. */
const UNTRANSLATED = ['embeddings'] as const;

/** The wire languages of the contract, by the names that its error messages use (docs/contract.md section 2). */
export const DIALECTS = [...TRANSLATED, ...UNTRANSLATED] as const;

export type Dialect = (typeof DIALECTS)[number];
export type ChatDialect = (typeof TRANSLATED)[number];

export const TRANSLATED_DIALECTS: readonly ChatDialect[] = TRANSLATED;

export function isTranslated(dialect: Dialect): dialect is ChatDialect {
  return (TRANSLATED as readonly Dialect[]).includes(dialect);
}
