import { unescapeText } from '../json/string-walker.js';
import { ByteAccumulator } from '../sse/byte-accumulator.js';

/** A few hundred events: enough to know how many tokens a byte of the stream is worth, and little times a thousand streams. */
const MAX_RETAINED_BYTES = 32 * 1024;

const LINE_FEED = Buffer.from('\n');

/** The keys under which generated text is streamed, in the shapes of all vendors; the closing quote may be cut off. */
const TEXT =
  /"(?:content|text|reasoning_content|reasoning|thinking|refusal|name|arguments|partial_json|delta)"\s*:\s*"([^"\\]*(?:\\.[^"\\]*)*)/gs;

/** Keeps the beginning of a stream's events, to estimate what it generated when the upstream does not say. */
export class TextSample {
  private readonly retained = new ByteAccumulator();
  private retainedBytes = 0;
  private seenBytes = 0;

  /** Takes the data of one event. */
  add(data: Buffer): void {
    this.seenBytes += data.length;
    const room = MAX_RETAINED_BYTES - this.retained.length - LINE_FEED.length;
    if (room <= 0) return;
    const bytes = Math.min(room, data.length);
    this.retained.append(data, 0, bytes);
    this.retained.append(LINE_FEED, 0, LINE_FEED.length);
    this.retainedBytes += bytes;
  }

  /** The generated text of the retained events; the whole stream holds about `factor` times as much (1 or more). */
  read(): { text: string; factor: number } {
    if (this.retainedBytes === 0) return { text: '', factor: 1 };
    const texts: string[] = [];
    for (const event of this.retained.view().toString('utf8').split('\n')) {
      // Some servers send the same reasoning under two names in one event.
      const distinct = new Set(Array.from(event.matchAll(TEXT), match => match[1] as string));
      for (const content of distinct) texts.push(unescapeText(content) ?? content);
    }
    return { text: texts.join(''), factor: this.seenBytes / this.retainedBytes };
  }
}
