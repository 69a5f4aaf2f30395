import { isList, parseObject } from '../../json/value.js';
import type { StreamTap } from '../stream-tap.js';
import type { TokenCounts } from '../token-counts.js';
import { ByteAccumulator } from '../../sse/byte-accumulator.js';
import { WrappedTap } from '../wrapped-tap.js';
import { findServiceTier } from './stream-observer.js';
import { readChatAnswerUsage, withServiceTier } from './usage.js';

const EMPTY: Buffer = Buffer.alloc(0);
const LF = 0x0a;
const CR = 0x0d;
const USAGE = Buffer.from('"usage"');
const NO_CHOICES = /"choices"\s*:\s*\[\s*\]/;
const DATA = Buffer.from('data:');

/**
 * Takes the usage event out of a stream whose caller did not ask for one: the gateway did (decision 3), so that what is billed
 * is what the provider counted. Every other byte goes on as it came, a line at a time.
 */
export class HiddenUsageTap extends WrappedTap {
  /** of a line that has not ended */
  private readonly rest = new ByteAccumulator();
  private hidden: TokenCounts | null = null;
  /** what the first event says; not every server says it again beside the usage */
  private serviceTier: string | null = null;
  private begun = false;
  /** the blank line behind a hidden event goes with it */
  private skipBlank = false;

  constructor(
    inner: StreamTap,
    private readonly maxLineBytes: number,
  ) {
    super(inner);
  }

  override get usage(): TokenCounts | null {
    return this.hidden === null ? this.inner.usage : withServiceTier(this.hidden, this.serviceTier);
  }

  /** The event that is taken out is the one that ends a stream; the tap behind does not see it. */
  override get usageFinal(): boolean {
    return this.hidden === null ? this.inner.usageFinal : this.inner.ending;
  }

  push(chunk: Buffer): Buffer {
    const whole = this.endOfLastLine(chunk);
    if (whole === null && this.rest.length + chunk.length <= this.maxLineBytes) {
      this.rest.append(chunk, 0, chunk.length);
      return EMPTY;
    }
    const bytes = this.withRest(chunk);
    return whole === null ? this.inner.push(bytes) : this.pushLines(bytes, whole);
  }

  /** @param whole where the last line that has ended ends */
  private pushLines(bytes: Buffer, whole: number): Buffer {
    const lines = bytes.subarray(0, whole);
    if (!this.begun) {
      this.begun = lines.includes(DATA);
      this.serviceTier = findServiceTier(lines);
    }
    if (bytes.length - whole > this.maxLineBytes) return this.inner.push(bytes);
    if (whole < bytes.length) this.rest.append(bytes, whole, bytes.length);
    return this.inner.push(this.filtered(lines));
  }

  private withRest(chunk: Buffer): Buffer {
    if (this.rest.length === 0) return chunk;
    const bytes = Buffer.concat([this.rest.view(), chunk]);
    this.rest.clear();
    return bytes;
  }

  /** In the rest and the chunk behind it; null where no line has ended. What is in the rest was looked at before. */
  private endOfLastLine(chunk: Buffer): number | null {
    const { rest } = this;
    const end = endOfLastLine(chunk);
    if (end > 0) return rest.length + end;
    // A CR may be half of a line end whose other half has not come yet.
    return chunk.length > 0 && rest.length > 0 && rest.view()[rest.length - 1] === CR ? rest.length : null;
  }

  end(): { readonly complete: boolean; readonly tail: Buffer } {
    const last = this.rest.length === 0 ? EMPTY : this.inner.push(this.filtered(this.withRest(EMPTY)));
    const { complete, tail } = this.inner.end();
    return { complete, tail: complete ? Buffer.concat([last, tail]) : EMPTY };
  }

  /** Almost every chunk has no usage in it and nothing to skip, and is not looked at closer. */
  private filtered(bytes: Buffer): Buffer {
    if (!this.skipBlank && !bytes.includes(USAGE)) return bytes;
    const kept: Buffer[] = [];
    for (let from = 0; from < bytes.length;) {
      const end = endOfLine(bytes, from);
      const line = bytes.subarray(from, end);
      if (!this.hides(line)) kept.push(line);
      from = end;
    }
    return Buffer.concat(kept);
  }

  private hides(line: Buffer): boolean {
    if (this.skipBlank) {
      this.skipBlank = false;
      if (line[0] === LF || line[0] === CR) return true;
    }
    if (!line.includes(USAGE) || !line.subarray(0, DATA.length).equals(DATA)) return false;
    const text = line.toString('utf8', DATA.length);
    if (!NO_CHOICES.test(text)) return false;
    const usage = readUsage(text);
    if (usage === null) return false;
    this.hidden = usage;
    this.skipBlank = true;
    return true;
  }
}

function readUsage(json: string): TokenCounts | null {
  const event = parseObject(json);
  return event !== null && isList(event['choices']) && event['choices'].length === 0
    ? readChatAnswerUsage(event)
    : null;
}

function endOfLastLine(bytes: Buffer): number {
  for (let at = bytes.length - 1; at >= 0; at -= 1) {
    if (bytes[at] === LF) return at + 1;
    if (bytes[at] === CR && at < bytes.length - 1) return at + 1;
  }
  return 0;
}

function endOfLine(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    if (bytes[at] === LF) return at + 1;
    if (bytes[at] === CR) return bytes[at + 1] === LF ? at + 2 : at + 1;
  }
  return bytes.length;
}
