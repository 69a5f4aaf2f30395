import { GatewayError } from '../../errors/gateway-error.js';

const JSON_TYPE = /^application\/(?:[a-z0-9!#$&^_.+-]+\+)?json$/;
/** `; name=value` or `; name="value"`, one after another; a lone semicolon is what some writers end with. */
const PARAMETER = /;[ \t]*(?:([\w!#$%&'*+.^`|~-]+)=(?:([\w!#$%&'*+.^`|~-]+)|"([^"\\]*)"))?[ \t]*/gy;
const MAX_LENGTH = 256;
/** The names of UTF-8, and of what is a part of it. */
const UTF_8 = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/**
 * Whether a body may be read as JSON in UTF-8, by its Content-Type.
 * @throws {GatewayError} invalid_request naming the header, and what it should say
 */
export function requireJson(contentType: string | undefined): void {
  const header = (contentType ?? '').trim().toLowerCase();
  if (header === 'application/json') return;
  const end = header.indexOf(';');
  const type = (end < 0 ? header : header.slice(0, end)).trim();
  if (!JSON_TYPE.test(type)) {
    const given = header === '' ? 'none was sent' : `"${type.slice(0, 80)}" was sent`;
    throw refusal(`the Content-Type header must be application/json; ${given.replace(/[^\x20-\x7e]/g, '?')}`);
  }
  const charsets = end < 0 ? [] : charsetsOf(header.slice(end));
  if (charsets === null) {
    throw refusal('the parameters of the Content-Type header cannot be read; send Content-Type: application/json');
  }
  if (!charsets.every(charset => UTF_8.has(charset))) {
    throw refusal(
      'the charset of the request body must be UTF-8; send Content-Type: application/json without another charset',
    );
  }
}

/** Every charset that is named; null where the parameters are none. */
function charsetsOf(parameters: string): string[] | null {
  if (parameters.length > MAX_LENGTH) return null;
  const charsets: string[] = [];
  let read = 0;
  for (const [all, name, token, quoted] of parameters.matchAll(PARAMETER)) {
    read += all.length;
    if (name === 'charset') charsets.push((token ?? quoted ?? '').trim());
  }
  return read === parameters.length ? charsets : null;
}

const refusal = (publicMessage: string) =>
  new GatewayError('invalid_request', { publicMessage, param: 'content-type' });
