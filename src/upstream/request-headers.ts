import type { Dialect } from '../dialects/dialect.js';

/** docs/contract.md section 4, but for the content type. The caller's credential, cookies and every other header stay here. */
const FORWARDED = ['accept', 'user-agent'] as const;
/** Only the built-in sandbox is told to misbehave. */
const SANDBOX_FAULT = 'x-bough-sandbox-fault';
/** The version that every Messages upstream knows; sent where the caller speaks another dialect, or names none. */
const ANTHROPIC_VERSION = '2023-06-01';

export interface HeaderRules {
  readonly dialect: Dialect;
  /** the caller wrote the body in this dialect itself */
  readonly native: boolean;
  readonly stream: boolean;
  readonly builtIn: boolean;
  /** of the caller's, those that the upstream takes in a header */
  readonly betaFlags: readonly string[];
}

/** Name, value, name, value … to send upstream. `accept-encoding: identity`, because answers are relayed as they come. */
export function forwardedRequestHeaders(caller: NodeJS.Dict<string | string[]>, rules: HeaderRules): string[] {
  // Whatever name a caller gave its JSON, it was read as JSON and goes on as that: few providers know another.
  const headers: string[] = ['accept-encoding', 'identity', 'content-type', 'application/json'];
  const accept = rules.stream ? 'text/event-stream' : 'application/json';
  if (rules.native) {
    for (const name of FORWARDED) {
      const value = caller[name];
      if (typeof value === 'string') headers.push(name, value);
    }
    if (caller['accept'] === undefined) headers.push('accept', accept);
  } else {
    headers.push('accept', accept);
    const agent = caller['user-agent'];
    if (typeof agent === 'string') headers.push('user-agent', agent);
  }
  if (rules.dialect === 'anthropic_messages') headers.push(...anthropicHeaders(caller, rules));
  const fault = caller[SANDBOX_FAULT];
  if (rules.builtIn && typeof fault === 'string') headers.push(SANDBOX_FAULT, fault);
  return headers;
}

function anthropicHeaders(caller: NodeJS.Dict<string | string[]>, { native, betaFlags }: HeaderRules): string[] {
  const version = caller['anthropic-version'];
  const headers = ['anthropic-version', native && typeof version === 'string' ? version : ANTHROPIC_VERSION];
  if (betaFlags.length > 0) headers.push('anthropic-beta', betaFlags.join(','));
  return headers;
}
