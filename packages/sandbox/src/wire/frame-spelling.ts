import type { StreamEvent } from './stream-script.js';

/** How the frames of a stream are written down. */
export interface Spelling {
  frame(frame: StreamEvent): string;
  /** Only behind a stream that is whole. */
  closing(): string;
}

export const EVENT_SPELLING: Spelling = {
  frame: ({ event, data }) => `${event === null ? '' : `event: ${event}\n`}data: ${jsonOf(data)}\n\n`,
  closing: () => '',
};

/** Google's way without `alt=sse`: one array, and an element of it whenever there is one. */
export function arraySpelling(): Spelling {
  let written = 0;
  return {
    frame: ({ data }) => `${written++ === 0 ? '[' : ',\r\n'}${jsonOf(data)}`,
    closing: () => (written === 0 ? '[]' : ']'),
  };
}

function jsonOf(data: unknown): string {
  return typeof data === 'string' ? data : JSON.stringify(data);
}
