let last: Promise<void> = Promise.resolve();

/**
 * Resolves in a round of the event loop that no other caller of this gets, and not before others had the loop for as long as
 * the last one held it. What several large bodies cost is then never paid in one go: a small request, which needs some
 * rounds itself, waits for one of them and not for all.
 */
export function roundOfOnesOwn(): Promise<void> {
  const round = last.then(nextRound);
  last = round.then(leaveToOthers);
  return round;
}

/** Begins with a round, and lasts twice as long. */
async function leaveToOthers(): Promise<void> {
  const began = performance.now();
  await nextRound();
  const held = performance.now() - began;
  await new Promise(done => {
    setTimeout(done, held);
  });
}

function nextRound(): Promise<void> {
  return new Promise(done => {
    setImmediate(done);
  });
}
