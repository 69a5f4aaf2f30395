import { type Profiler, Session } from 'node:inspector';

/**
 * How many functions this process called for a piece of work, as V8 counts them: what a clock would show, without the
 * machine's other work. What stays within a function, or within native code such as the search in a string, is not counted.
 */
export async function countSteps(work: () => unknown): Promise<number> {
  return measure(work, false);
}

/**
 * The same with what is joined from buffer to buffer, 64 bytes a step, and with the branches of functions that were not
 * compiled before: for work that does not wait for others, as it slows everything down.
 */
export async function countWork(work: () => unknown): Promise<number> {
  const concat = Buffer.concat.bind(Buffer);
  const spy = jest.spyOn(Buffer, 'concat');
  let copied = 0;
  spy.mockImplementation((...args) => {
    const whole = concat(...args);
    copied += whole.length;
    return whole;
  });
  try {
    return (await measure(work, true)) + Math.ceil(copied / 64);
  } finally {
    spy.mockRestore();
  }
}

async function measure(work: () => unknown, detailed: boolean): Promise<number> {
  const session = new Session();
  session.connect();
  try {
    session.post('Profiler.enable');
    session.post('Profiler.startPreciseCoverage', { callCount: true, detailed });
    await work();
    let steps = 0;
    session.post('Profiler.takePreciseCoverage', (_, { result }: Profiler.TakePreciseCoverageReturnType) => {
      for (const { functions } of result) {
        for (const { ranges } of functions) for (const { count } of ranges) steps += count;
      }
    });
    session.post('Profiler.stopPreciseCoverage');
    return steps;
  } finally {
    session.disconnect();
  }
}
