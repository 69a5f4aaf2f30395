import type { GatewayError } from '../errors/gateway-error.js';
import { encodeManagementError } from '../errors/management-envelope.js';
import { ANTHROPIC_MESSAGES } from '../dialects/anthropic-messages/descriptor.js';
import { CHAT_COMPLETIONS } from '../dialects/chat-completions/descriptor.js';
import type { DialectDescriptor } from '../dialects/descriptor.js';
import { DESCRIPTORS } from '../dialects/descriptors.js';

/** What may stand before a dialect's own path: an address in absolute form, and the branch. */
const BEFORE = /^(?:https?:\/\/[^/?#]*)?(?:\/branches\/[^/?]*)?(?=\/)/i;
/** Which dialect's errors stand below a path. */
const FORMS = Object.values(DESCRIPTORS).flatMap(dialect =>
  dialect.paths.errors.map(path => ({ begin: `/${path}`, dialect })),
);
const MANAGEMENT = /^\/api\/v2(?:[/?]|$)/;
const OVERLOADED = 529;

/** An error as the callers of a path read it. */
export interface ErrorForm {
  readonly status: number;
  readonly body: object;
}

/**
 * An error in the form of its path: of the dialect that is spoken there, of the management API, else OpenAI's. A path is
 * enough, so what fails before it is routed has the form too.
 */
export function errorForm(error: GatewayError, url: string, requestId: string): ErrorForm {
  if (MANAGEMENT.test(url)) return { status: error.status, body: encodeManagementError(error, requestId) };
  const dialect = dialectOfPath(url);
  // Anthropic's agents know an overloaded provider by this status, and wait (docs/contract.md section 6).
  const overloaded = dialect === ANTHROPIC_MESSAGES && error.code === 'upstream_overloaded';
  return { status: overloaded ? OVERLOADED : error.status, body: dialect.encodeError(error, requestId) };
}

function dialectOfPath(url: string): DialectDescriptor {
  const path = url.replace(BEFORE, '');
  return FORMS.find(({ begin }) => isBelow(path, begin))?.dialect ?? CHAT_COMPLETIONS;
}

/** Whether a path is this one, with a query or without, or stands below it. */
function isBelow(path: string, begin: string): boolean {
  return path.startsWith(begin) && ['', '/', '?'].includes(path.charAt(begin.length));
}
