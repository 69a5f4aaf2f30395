import type { FaultPlan } from '../faults/fault-plan.js';
import { arraySpelling, EVENT_SPELLING } from './frame-spelling.js';
import type { StreamEvent, StreamFrame, StreamScript } from './stream-script.js';

/** What the writer of a stream does next. The steps are data, so that what a fault does can be read off without a socket. */
export type StreamStep =
  { do: 'send'; bytes: string; tokens: number } | { do: 'wait'; ms: number } | { do: 'reset' } | { do: 'finish' };

/** Endless has an end too: after so many events nobody learns anything new. */
const ENDLESS_EVENTS = 100_000_000;
const REMEMBERED_EVENTS = 64;

/** Turns the events of an answer into steps, with the faults of the plan in their places. */
export function* streamSteps(script: StreamScript, plan: FaultPlan): Generator<StreamStep> {
  const spelling = script.form === 'array' ? arraySpelling() : EVENT_SPELLING;
  let written = 0;
  const write = ({ event, data }: StreamEvent): string => {
    const numbered = script.isNumbered === true ? { ...(data as object), sequence_number: written } : data;
    written++;
    return spelling.frame({ event, data: numbered });
  };
  const writing: Writing = {
    failure: () => write(script.failure),
    garbage: () => spelling.frame(script.garbage),
  };
  let sent = 0;
  for (const frame of endlessly(script.frames, plan)) {
    if (yield* faultsBefore(sent, plan, writing)) return;
    yield send(write(frame), frame.tokens);
    sent++;
  }
  // A position beyond the last event means the last possible moment, which is before the end mark.
  for (const key of ['cutAfter', 'endAfter', 'errorAfter', 'garbageAfter'] as const) {
    const after = plan[key];
    if (after !== undefined && after >= sent && (yield* faultsBefore(after, plan, writing))) return;
  }
  for (const frame of script.terminal) {
    if (isWanted(frame, plan)) yield send(write(frame), frame.tokens);
  }
  if (spelling.closing() !== '') yield send(spelling.closing());
  yield { do: 'finish' };
}

/** Writes down what no answer holds. */
interface Writing {
  failure(): string;
  garbage(): string;
}

function send(bytes: string, tokens = 0): StreamStep {
  return { do: 'send', bytes, tokens };
}

/** True when the stream ends here. */
function* faultsBefore(sent: number, plan: FaultPlan, writing: Writing): Generator<StreamStep, boolean> {
  if (plan.silence?.after === sent) yield { do: 'wait', ms: plan.silence.ms };
  if (plan.garbageAfter === sent) yield send(writing.garbage());
  if (plan.errorAfter === sent) {
    yield send(writing.failure());
    yield { do: 'finish' };
    return true;
  }
  if (plan.cutAfter === sent) yield { do: 'reset' };
  if (plan.endAfter === sent) yield { do: 'finish' };
  return plan.cutAfter === sent || plan.endAfter === sent;
}

function* endlessly(frames: Iterable<StreamFrame>, plan: FaultPlan): Generator<StreamFrame> {
  const spoken: StreamFrame[] = [];
  for (const frame of frames) {
    if (frame.kind === 'delta' && spoken.length < REMEMBERED_EVENTS) spoken.push(frame);
    const isOver = frame.kind === 'close' || frame.kind === 'finish';
    if (isOver && plan.endless === true && spoken.length > 0) return yield* repeated(spoken);
    if (isWanted(frame, plan)) yield frame;
  }
  if (plan.endless === true && spoken.length > 0) yield* repeated(spoken);
}

function* repeated(spoken: readonly StreamFrame[]): Generator<StreamFrame> {
  for (let count = 0; count < ENDLESS_EVENTS; count++) yield spoken[count % spoken.length];
}

function isWanted(frame: StreamFrame, plan: FaultPlan): boolean {
  return frame.kind !== 'finish' || plan.noFinish !== true;
}
