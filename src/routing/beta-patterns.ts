const PATTERN = /^(?:\*|[A-Za-z0-9][A-Za-z0-9._-]{0,126}\*?)$/;

/** Whether a text names `anthropic-beta` flags: one, or with `*` at its end all that begin so. */
export function isBetaPattern(text: string): boolean {
  return PATTERN.test(text);
}

/** As the database holds them. */
export function readBetaFlags(stored: string | null): string[] | null {
  return stored === null ? null : stored.split(',').filter(pattern => pattern !== '');
}
