/** What stands in one event. */
export interface StreamEvent {
  /** Its name on the wire; null where the dialect's events have none. */
  event: string | null;
  /** Becomes JSON; a string goes out as it is. */
  data: unknown;
}

/** One event of a streamed answer, in the order its dialect sends them. */
export interface StreamFrame extends StreamEvent {
  /**
   * What the faults must know of it: `delta` holds words, which an endless answer repeats; `close` comes when the words
   * are over; `finish` says why they ended. `head` and `usage` are everything else.
   */
  kind: 'head' | 'delta' | 'close' | 'finish' | 'usage';
  /** What it costs of the answer's pace. */
  tokens: number;
}

/** A whole streamed answer of one dialect. */
export interface StreamScript {
  /** Server-sent events, or one JSON array whose elements arrive one by one. */
  form: 'events' | 'array';
  /** Lazy, so that nothing is encoded which the client does not read. */
  frames: Iterable<StreamFrame>;
  /** What shows that the stream was whole: the last thing sent. */
  terminal: readonly StreamFrame[];
  /** How the dialect reports a failure in the middle of a stream. */
  failure: StreamEvent;
  /** An event of the dialect that breaks off inside its JSON. */
  garbage: StreamEvent;
  /** Every event is numbered from 0 in its `sequence_number`. */
  isNumbered?: true;
}

/** A frame named as its data is, in the dialects that write the name twice. */
export function namedFrame(
  kind: StreamFrame['kind'],
  data: { type: string; [field: string]: unknown },
  tokens = 0,
): StreamFrame {
  return { kind, event: data.type, data, tokens };
}

/** The frames of several choices, one of each in turn. */
export function* inTurns(choices: readonly Generator<StreamFrame>[]): Generator<StreamFrame> {
  for (let open = [...choices]; open.length > 0;) {
    const still: typeof open = [];
    for (const frames of open) {
      const step = frames.next();
      if (step.done === true) continue;
      yield step.value;
      still.push(frames);
    }
    open = still;
  }
}
