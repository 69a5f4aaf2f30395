import { type Profiler, Session } from 'node:inspector';

/**
 * How many functions this process called for a piece of work, as V8 counts them: what a clock would show, without the
 * machine's other work. What stays within a function, or within native code such as the search in a string, is not counted.
 */
export async function countSteps(work: () => unknown): Promise<number> {
  const session = new Session();
  session.connect();
  try {
    session.post('Profiler.enable');
    session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    await work();
    let steps = 0;
    session.post('Profiler.takePreciseCoverage', (_, { result }: Profiler.TakePreciseCoverageReturnType) => {
      for (const { functions } of result) {
        for (const { ranges } of functions) steps += ranges[0]?.count ?? 0;
      }
    });
    session.post('Profiler.stopPreciseCoverage');
    return steps;
  } finally {
    session.disconnect();
  }
}
