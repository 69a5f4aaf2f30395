import type { SseEvent } from '../../src/sse/frames.js';
import { ChatStreamDecoder } from '../../src/dialects/chat-completions/decode-stream.js';
import type { NeutralEvent } from '../../src/dialects/neutral/neutral-event.js';

export const sse = (data: unknown, event: string | null = null): SseEvent => ({
  event,
  data: typeof data === 'string' ? data : JSON.stringify(data),
  id: null,
});

/** Events of chunks that all carry the same envelope. */
export const read = (...chunks: unknown[]): NeutralEvent[] => {
  const decoder = new ChatStreamDecoder();
  const events = chunks.flatMap(chunk => decoder.push(sse(chunk)));
  return [...events, ...decoder.end()];
};

export const named = (choices: object[], others: object = {}) => ({
  id: 'c-1',
  model: 'm',
  created: 7,
  choices,
  ...others,
});
export const delta = (fields: object, finish: string | null = null, index = 0) =>
  named([{ index, delta: fields, finish_reason: finish }]);
export const calls = (...list: object[]) => delta({ tool_calls: list });
/** What the events say, part by part: kind, text, and what else is known of it. */
export const partsOf = (events: readonly NeutralEvent[], choice = 0) => {
  const parts: Record<string, unknown>[] = [];
  const open = new Set<number>();
  for (const event of events) {
    if (!('choice' in event) || event.choice !== choice) continue;
    if (event.type === 'finish') {
      expect(open.size).toBe(0);
      parts.push({ finish: event.reason });
      continue;
    }
    if (event.type === 'part-start') {
      expect(event.part).toBe(parts.length);
      open.add(event.part);
      parts.push({ ...event.start, text: '' });
      continue;
    }
    expect(open.has(event.part)).toBe(true);
    if (event.type === 'part-end') open.delete(event.part);
    else {
      const { text, signature, citations } = event;
      const part = parts[event.part] as { text: string };
      parts[event.part] = {
        ...part,
        text: part.text + text,
        ...(signature && { signature }),
        ...(citations && { citations }),
      };
    }
  }
  return parts;
};

export const STOP = delta({}, 'stop');
