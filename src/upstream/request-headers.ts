/** docs/contract.md section 4. The caller's credential, cookies and every other header stay here. */
const FORWARDED = ['accept', 'content-type', 'user-agent', 'anthropic-version', 'anthropic-beta'] as const;
/** Only the built-in sandbox is told to misbehave. */
const SANDBOX_FAULT = 'x-bough-sandbox-fault';

/** Name, value, name, value … to send upstream. `accept-encoding: identity`, because answers are relayed as they come. */
export function forwardedRequestHeaders(
  caller: NodeJS.Dict<string | string[]>,
  stream: boolean,
  builtIn: boolean,
): string[] {
  const headers: string[] = ['accept-encoding', 'identity'];
  for (const name of FORWARDED) {
    const value = caller[name];
    if (typeof value === 'string') headers.push(name, value);
  }
  if (caller['accept'] === undefined) headers.push('accept', stream ? 'text/event-stream' : 'application/json');
  const fault = caller[SANDBOX_FAULT];
  if (builtIn && typeof fault === 'string') headers.push(SANDBOX_FAULT, fault);
  return headers;
}
