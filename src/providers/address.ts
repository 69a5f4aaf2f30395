/** What is wrong with a text, as a sentence without its subject; null when nothing is. */
export type Rule = (text: string) => string | null;

export const unless =
  (allowed: RegExp, fault: string): Rule =>
  text =>
    allowed.test(text) ? null : fault;

/** What a rule for paths says of an address, whose last slashes do not count. */
export function pathFaultOf(rule: Rule | null, baseUrl: string): string | null {
  return rule?.(withoutTrailingSlash(new URL(baseUrl).pathname)) ?? null;
}

export function withoutTrailingSlash(url: string): string {
  return url.replace(/(?<!\/)\/+$/, '');
}
