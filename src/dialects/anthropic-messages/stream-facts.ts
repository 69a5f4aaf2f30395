import type { StreamFacts } from '../stream-facts.js';
import type { TokenCounts } from '../token-counts.js';
import { mergeMessagesUsage, readMessagesUsage } from './usage.js';

const LEADING_BYTES = 128;
const TYPE = /"type"\s*:\s*"([a-z_]+)"/;
/** The events that carry usage, a reason to end, or a failure. All others are known by their names. */
const READ = new Set(['message_start', 'message_delta', 'error']);

export function createMessagesFacts(): StreamFacts {
  return new MessagesFacts();
}

/** What the whole events of a Messages stream say. */
class MessagesFacts implements StreamFacts {
  finished = false;
  terminal = false;
  failed = false;
  malformed = false;
  private told: Readonly<Record<string, unknown>> | null = null;

  get usage(): TokenCounts | null {
    return readMessagesUsage(this.told);
  }

  inspect(name: string | null, data: Buffer): void {
    if (!isFramedObject(data)) {
      this.malformed = true;
      return;
    }
    const type = name ?? TYPE.exec(data.toString('latin1', 0, LEADING_BYTES))?.[1] ?? '';
    if (type === 'message_stop') this.terminal = true;
    if (!READ.has(type)) return;
    if (type === 'error') this.failed = true;
    try {
      this.read(JSON.parse(data.toString('utf8')) as Event);
    } catch {
      this.malformed = true;
    }
  }

  private read({ message, delta, usage }: Event): void {
    this.told = mergeMessagesUsage(this.told, usage ?? message?.usage);
    if (typeof delta?.stop_reason === 'string') this.finished = true;
  }
}

interface Event {
  readonly message?: { readonly usage?: unknown } | null;
  readonly delta?: { readonly stop_reason?: unknown } | null;
  readonly usage?: unknown;
}

function isFramedObject(data: Buffer): boolean {
  const head = data.toString('latin1', 0, 8).trimStart();
  const tail = data.toString('latin1', Math.max(0, data.length - 8)).trimEnd();
  return head.startsWith('{') && tail.endsWith('}');
}
