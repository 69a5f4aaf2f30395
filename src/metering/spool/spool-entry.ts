import type { Segment } from './segment.js';
import type { EntryKind } from './spool-codec.js';

/** An entry of the journal, in memory for as long as its segment must not go, or it may have to be written again. */
export class SpoolEntry<R> {
  /** where it was written, as far as that can be trusted */
  segment: Segment | null = null;
  /** a power cut cannot take it any more */
  synced = false;
  /** somebody relies on it; a begin whose first write fails is refused instead */
  promised = false;
  private released = false;

  /**
   * @param record null where the kind has none, and once it need not be written again
   * @param begun the begin that this entry makes needless once it is synced
   */
  constructor(
    readonly kind: EntryKind,
    readonly requestId: string,
    public record: R | null,
    private begun: SpoolEntry<R> | null,
  ) {}

  static begin<R>(requestId: string, record: R, previous: SpoolEntry<R> | null): SpoolEntry<R> {
    const entry = new SpoolEntry<R>('begin', requestId, record, previous);
    if (previous !== null) entry.promised = previous.promised;
    return entry;
  }

  static end<R>(requestId: string, record: R, begun: SpoolEntry<R> | null): SpoolEntry<R> {
    return new SpoolEntry('end', requestId, record, begun);
  }

  /** Nobody needs this entry itself: it says something about the begin, whose segment goes no later than its own. */
  static forget<R>(begun: SpoolEntry<R>): SpoolEntry<R> {
    const entry = new SpoolEntry<R>('forget', begun.requestId, null, begun);
    entry.release();
    return entry;
  }

  /** Whether a power cut leaves something of the request to bill: this entry, or the begin before it. */
  get safe(): boolean {
    return this.synced || this.begun?.safe === true;
  }

  place(segment: Segment): void {
    this.segment = segment;
    this.promised = true;
    if (!this.released) segment.live += 1;
  }

  /** Takes back `place`, when what was written cannot be trusted. */
  displace(): void {
    if (this.segment !== null && !this.released) this.segment.live -= 1;
    this.segment = null;
  }

  /** It is on the disk. */
  settle(): void {
    this.synced = true;
    this.begun?.release();
    this.begun = null;
    // A begin may be carried to another segment.
    if (this.kind !== 'begin') this.record = null;
  }

  /** Nobody needs the entry any more: its segment may go. */
  release(): void {
    if (this.released) return;
    this.released = true;
    if (this.segment !== null) this.segment.live -= 1;
  }
}
