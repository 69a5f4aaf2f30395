import { unescapeText } from '../json/string-walker.js';
import { ByteAccumulator } from '../sse/byte-accumulator.js';
import type { StreamedText } from './stream-tap.js';

/** So many bytes of events are kept as they came, and their text taken out when they are full: most streams never need it. */
const MAX_EVENT_BYTES = 32 * 1024;
/** So much text is kept to count its tokens; of what is longer the length is known. */
const MAX_TEXT_LENGTH = 32 * 1024;

/** Of a larger event this much is looked at, and the rest taken for more of the same. */
const MAX_ONE_EVENT_BYTES = 256 * 1024;

/** An event of so much that is a quarter text at most holds something else that was made. */
const OPAQUE_BYTES = 4 * 1024;

/** Stands in no JSON. */
const SEPARATOR = '\u001e';
const SEPARATOR_BYTE = 0x1e;

/** The keys under which generated text is streamed, in the shapes of all vendors; the closing quote may be cut off. */
const TEXT =
  /"(content|text|reasoning_content|reasoning|thinking|refusal|name|arguments|partial_json|delta|args|input|transcript|code)"\s*:\s*"([^"\\]*(?:\\.[^"\\]*)*)/gs;
/** The beginning of one of them that is not empty, or of arguments. */
const WORD =
  /"(?:content|text|reasoning_content|reasoning|thinking|refusal|name|arguments|partial_json|delta|transcript|code)"\s*:\s*"[^"]|"args"\s*:\s*\{/;
/** The arguments of a call that are sent as an object and not as text. */
const ARGUMENTS = /"args"\s*:\s*\{|"input"\s*:\s*\{\s*"/;

/** Keeps what a stream generates, to estimate its tokens when the upstream does not say. */
export class TextSample {
  private readonly events = new ByteAccumulator();
  private text = '';
  private length = 0;
  private begun = false;
  private opaque = false;
  /** a first word came */
  spoke = false;

  /** Takes the data of one event. @param repeats its text was said before */
  add(data: Buffer, repeats = false): void {
    this.begun = true;
    if (repeats) return;
    this.spoke ||= WORD.test(data.toString('utf8', 0, MAX_EVENT_BYTES));
    if (this.events.length + data.length > MAX_EVENT_BYTES) this.takeText();
    if (data.length > MAX_EVENT_BYTES) {
      const seen = data.subarray(0, MAX_ONE_EVENT_BYTES);
      this.takeFrom(seen.toString('utf8'), data.length / seen.length);
      return;
    }
    this.events.append(data, 0, data.length);
    this.events.appendByte(SEPARATOR_BYTE);
  }

  /** The beginning of the generated text; the whole stream holds about `factor` times as much (1 or more). */
  read(): StreamedText {
    this.takeText();
    const factor = this.text === '' ? 1 : this.length / this.text.length;
    return { text: this.text, factor, begun: this.begun, ...(this.opaque && { opaque: true }) };
  }

  private takeText(): void {
    for (const event of this.events.view().toString('utf8').split(SEPARATOR)) this.takeFrom(event, 1);
    this.events.clear();
  }

  private takeFrom(event: string, times: number): void {
    const keys = new Map<string, string>();
    const before = this.length;
    const written = ARGUMENTS.test(event) ? withArgumentsAsText(event) : event;
    for (const [, key = '', text = ''] of written.matchAll(TEXT)) {
      // Some servers send the same reasoning under two names in one event.
      if ((keys.get(text) ?? key) !== key) continue;
      keys.set(text, key);
      this.keep(unescapeText(text) ?? text, times);
    }
    if (event.length >= OPAQUE_BYTES && (this.length - before) * 4 <= event.length * times) this.opaque = true;
  }

  private keep(text: string, times: number): void {
    this.length += text.length * times;
    const room = MAX_TEXT_LENGTH - this.text.length;
    if (room > 0) this.text += text.slice(0, room);
  }
}

/** The event with the objects under `args` and `input` as the text that a model writes for them. */
function withArgumentsAsText(event: string): string {
  const asText = (key: string, value: unknown) =>
    (key === 'args' || key === 'input') && typeof value === 'object' ? JSON.stringify(value) : value;
  try {
    return JSON.stringify(JSON.parse(event, asText));
  } catch {
    return event;
  }
}
