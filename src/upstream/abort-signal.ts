/** Of an `AbortSignal`, what is needed here. */
export interface Abortable {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

const NOBODY: readonly (() => void)[] = [];

/** Fires once. A real `AbortController` does the same for several microseconds a request. */
export class AbortSource implements Abortable {
  aborted = false;
  /** two at most, so that a list costs less than a set */
  private listeners: readonly (() => void)[] = NOBODY;

  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.listeners.includes(listener)) this.listeners = [...this.listeners, listener];
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const { listeners } = this;
    this.listeners =
      listeners.length === 1 && listeners[0] === listener ? NOBODY : listeners.filter(each => each !== listener);
  }

  fire(): void {
    if (this.aborted) return;
    this.aborted = true;
    const { listeners } = this;
    this.listeners = NOBODY;
    for (const listener of listeners) listener();
  }
}
