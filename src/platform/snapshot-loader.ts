/**
 * A snapshot in memory that is replaced whole. A load that fails leaves the last one; a load that began before the one
 * which is shown read older rows, so what it brings is dropped.
 */
export class SnapshotLoader<Snapshot> {
  private started = 0;
  private shown = 0;

  constructor(
    private snapshot: Snapshot,
    private readonly load: () => Promise<Snapshot>,
  ) {}

  get current(): Snapshot {
    return this.snapshot;
  }

  /** @throws what the load throws */
  async reload(): Promise<void> {
    const started = ++this.started;
    const snapshot = await this.load();
    if (started < this.shown) return;
    this.shown = started;
    this.snapshot = snapshot;
  }
}
