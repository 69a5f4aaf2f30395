/** The names that were added last, so many and no more. */
export class RecentSet {
  private readonly names = new Set<string>();

  constructor(private readonly max: number) {}

  has(name: string): boolean {
    return this.names.has(name);
  }

  add(name: string): void {
    this.names.delete(name);
    this.names.add(name);
    if (this.names.size <= this.max) return;
    for (const oldest of this.names) {
      this.names.delete(oldest);
      return;
    }
  }
}
