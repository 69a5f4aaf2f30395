import type { ChunkEvent } from './completion-encoding.js';
import type { FaultPlan, Framing } from './fault-plan.js';

/** What the writer of a stream does next. The steps are data, so that what a fault does can be read off without a socket. */
export type StreamStep =
  { do: 'send'; bytes: string; tokens: number } | { do: 'wait'; ms: number } | { do: 'reset' } | { do: 'finish' };

/** Endless has an end too: after so many events nobody learns anything new. */
const ENDLESS_EVENTS = 100_000_000;
const REMEMBERED_EVENTS = 64;

/** Turns the events of an answer into steps, with the faults of the plan in their places. */
export function* streamSteps(events: Iterable<ChunkEvent>, plan: FaultPlan): Generator<StreamStep> {
  const framing = plan.framing ?? 'lf';
  let sent = 0;
  if (framing === 'bom') yield { do: 'send', bytes: '\uFEFF', tokens: 0 };
  for (const { chunk, tokens } of endlessly(events, plan)) {
    const stop = yield* faultsBefore(sent, plan);
    if (stop) return;
    yield { do: 'send', bytes: frame(chunk, framing), tokens };
    sent++;
    if (sent === 1 && plan.lineBytes !== undefined) {
      yield { do: 'send', bytes: longLine(chunk, plan.lineBytes), tokens: 0 };
    }
  }
  // A position beyond the last event means the last possible moment, which is before the end mark.
  for (const key of ['cutAfter', 'endAfter', 'errorAfter', 'garbageAfter'] as const) {
    const after = plan[key];
    if (after !== undefined && after >= sent && (yield* faultsBefore(after, plan))) return;
  }
  yield { do: 'send', bytes: frame('[DONE]', framing), tokens: 0 };
  yield { do: 'finish' };
}

/** True when the stream ends here. */
function* faultsBefore(sent: number, plan: FaultPlan): Generator<StreamStep, boolean> {
  if (plan.silence?.after === sent) yield { do: 'wait', ms: plan.silence.ms };
  if (plan.garbageAfter === sent)
    yield { do: 'send', bytes: 'data: {"id":"chatcmpl-broken","choices":[{\n\n', tokens: 0 };
  if (plan.errorAfter === sent) {
    const error = {
      message: plan.message ?? 'The server had an error while processing your request.',
      type: 'server_error',
      param: null,
      code: plan.code ?? null,
    };
    yield { do: 'send', bytes: frame({ error }, plan.framing ?? 'lf'), tokens: 0 };
    yield { do: 'finish' };
    return true;
  }
  if (plan.cutAfter === sent) yield { do: 'reset' };
  if (plan.endAfter === sent) yield { do: 'finish' };
  return plan.cutAfter === sent || plan.endAfter === sent;
}

function* endlessly(events: Iterable<ChunkEvent>, plan: FaultPlan): Generator<ChunkEvent> {
  const spoken: ChunkEvent[] = [];
  for (const event of events) {
    if (event.kind === 'delta' && spoken.length < REMEMBERED_EVENTS) spoken.push(event);
    if (event.kind === 'finish' && plan.endless === true && spoken.length > 0) {
      for (let count = 0; count < ENDLESS_EVENTS; count++) yield spoken[count % spoken.length];
      return;
    }
    if (event.kind !== 'finish' || plan.noFinish !== true) yield event;
  }
}

/** One event as server-sent bytes. */
function frame(data: unknown, framing: Framing): string {
  const json = typeof data === 'string' ? data : JSON.stringify(data);
  switch (framing) {
    case 'crlf':
      return `data: ${json}\r\n\r\n`;
    case 'cr':
      return `data: ${json}\r\r`;
    case 'comments':
      return `: a comment\nid: 1\nretry: 1000\ndata: ${json}\n\n: \n\n`;
    case 'nospace':
      return `data:${json}\n\n`;
    case 'multiline':
      return `${lines(data)}\n\n`;
    default:
      return `data: ${json}\n\n`;
  }
}

function lines(data: unknown): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data, null, 1);
  return text
    .split('\n')
    .map(line => `data: ${line}`)
    .join('\n');
}

/** A copy of the chunk whose data line, without its line end, has about this many bytes: exactly, unless it is too few. */
function longLine(chunk: ChunkEvent['chunk'], bytes: number): string {
  const [first] = chunk.choices;
  const withContent = (content: string): string => {
    const choice = { ...first, delta: { content }, finish_reason: null };
    return `data: ${JSON.stringify({ ...chunk, choices: [choice] })}`;
  };
  return `${withContent('x'.repeat(Math.max(0, bytes - Buffer.byteLength(withContent('')))))}\n\n`;
}
