/** One flag as Anthropic writes them, such as `context-1m-2025-08-07`. */
const FLAG = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export interface BetaFlags {
  readonly passed: readonly string[];
  /** what this upstream does not take: it would answer 400 for the whole request */
  readonly withheld: readonly string[];
}

/**
 * The flags of a caller's `anthropic-beta` header that go on to an upstream.
 * @param allowed patterns of flags: whole ones, or beginnings with `*` at their end
 */
export function splitBetaFlags(header: string | undefined, allowed: readonly string[]): BetaFlags {
  const flags = [...new Set((header ?? '').split(',').map(flag => flag.trim()))].filter(flag => flag !== '');
  const passes = (flag: string) => FLAG.test(flag) && allowed.some(pattern => matches(pattern, flag));
  return { passed: flags.filter(passes), withheld: flags.filter(flag => !passes(flag)) };
}

function matches(pattern: string, flag: string): boolean {
  return pattern.endsWith('*') ? flag.startsWith(pattern.slice(0, -1)) : flag === pattern;
}
