import type { Framing } from './fault-plan.js';

/** What stands in one event: its name, and data that becomes JSON unless it is text already. */
export interface SpelledFrame {
  event: string | null;
  data: unknown;
}

/** How the frames of a stream are written down. */
export interface Spelling {
  /** Before everything else. */
  opening: string;
  frame(frame: SpelledFrame): string;
  /** The plain form, whatever the framing. */
  plain(frame: SpelledFrame): string;
  /** Only behind a stream that is whole. */
  closing: string;
}

export function eventSpelling(framing: Framing): Spelling {
  return {
    opening: framing === 'bom' ? '\uFEFF' : '',
    frame: frame => eventText(frame, framing),
    plain: frame => eventText(frame, 'lf'),
    closing: '',
  };
}

/** Google's way without `alt=sse`: one array, and an element of it whenever there is one. */
export function arraySpelling(): Spelling {
  let written = 0;
  const element = ({ data }: SpelledFrame): string => `${written++ === 0 ? '[' : ',\r\n'}${jsonOf(data)}`;
  return {
    opening: '',
    frame: element,
    plain: element,
    get closing() {
      return written === 0 ? '[]' : ']';
    },
  };
}

function jsonOf(data: unknown): string {
  return typeof data === 'string' ? data : JSON.stringify(data);
}

function eventText({ event, data }: SpelledFrame, framing: Framing): string {
  const end = framing === 'crlf' ? '\r\n' : framing === 'cr' ? '\r' : '\n';
  const space = framing === 'nospace' ? '' : ' ';
  const name = event === null ? '' : `event:${space}${event}${end}`;
  switch (framing) {
    case 'comments':
      return `: a comment\nid: 1\nretry: 1000\n${name}data: ${jsonOf(data)}\n\n: \n\n`;
    case 'multiline':
      return `${name}${dataLines(data)}\n\n`;
    default:
      return `${name}data:${space}${jsonOf(data)}${end}${end}`;
  }
}

function dataLines(data: unknown): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data, null, 1);
  return text
    .split('\n')
    .map(line => `data: ${line}`)
    .join('\n');
}
