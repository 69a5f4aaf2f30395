/** A value that is swapped whole. A load that fails leaves it; one that began before the shown one never replaces it. */
export class Newest<Value> {
  private started = 0;
  private shown = 0;

  constructor(
    public value: Value,
    private readonly load: () => Promise<Value>,
  ) {}

  async reload(): Promise<void> {
    const started = ++this.started;
    const value = await this.load();
    if (started < this.shown) return;
    this.shown = started;
    this.value = value;
  }
}
