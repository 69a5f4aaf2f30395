import type { Codec, EncodeResponseOptions } from '../../src/dialects/neutral/codec.js';
import type { NeutralEvent } from '../../src/dialects/neutral/neutral-event.js';
import type { NeutralResponse } from '../../src/dialects/neutral/neutral.types.js';
import type { SseEvent } from '../../src/sse/frames.js';

/** A whole answer of these words. */
export function textAnswer(text: string): NeutralResponse {
  const choice = { index: 0, parts: [{ type: 'text' as const, text }], finish: 'stop' as const };
  return {
    id: 'a',
    model: 'm',
    createdAt: 1,
    choices: [{ ...choice, stopSequence: null, logprobs: null }],
    usage: null,
    serviceTier: null,
  };
}

/** The same as a codec's stream, in pieces of so many characters. */
export function streamOf(codec: Codec, text: string, size: number, options: EncodeResponseOptions): SseEvent[] {
  const encoder = codec.createStreamEncoder(options);
  const at = { choice: 0, part: 0 };
  const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
  const events: NeutralEvent[] = [
    { type: 'start', id: 'a', model: 'm', createdAt: 1, usage: null, serviceTier: null },
    { type: 'part-start', ...at, start: { type: 'text' } },
    ...pieces.map(piece => ({ type: 'part-delta' as const, ...at, text: piece })),
    { type: 'part-end', ...at },
    { type: 'finish', choice: 0, reason: 'stop', stopSequence: null },
  ];
  const wire = events.map(event => encoder.push(event)).join('') + encoder.end();
  return wire
    .split('\n\n')
    .filter(frame => frame.includes('data: ') && !frame.includes('data: [DONE]'))
    .map(frame => ({
      event: /^event: (.*)$/m.exec(frame)?.[1] ?? null,
      data: frame.slice(frame.indexOf('data: ') + 6),
      id: null,
    }));
}
