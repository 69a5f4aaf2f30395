let last: Promise<void> = Promise.resolve();

/**
 * Resolves in a round of the event loop that no other caller of this gets: what several large bodies cost is then never
 * paid in one go, and others are served between them.
 */
export function roundOfOnesOwn(): Promise<void> {
  last = last.then(() => new Promise(done => setImmediate(done)));
  return last;
}
