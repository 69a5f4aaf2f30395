/** Some caller will put a token where a branch or a model belongs. */
const TOKENS = /\b(n(?:api|t|sk)_)\w+/g;

/** A text in which no token of ours can be read. */
export function withoutTokens(text: string): string {
  return text.replace(TOKENS, '$1[redacted]');
}
