/** What the pool's tests run in their threads. */
export type Asked =
  | { readonly do: 'add'; readonly numbers: readonly number[] }
  | { readonly do: 'forever' | 'grow' | 'leave' | 'throw' | 'environment' }
  | { readonly do: 'length'; readonly bytes: ArrayBuffer };

export async function run(asked: Asked): Promise<unknown> {
  if (asked.do === 'add') return asked.numbers.reduce((sum, number) => sum + number, 0);
  if (asked.do === 'length') return asked.bytes.byteLength;
  if (asked.do === 'environment') return Object.keys(process.env).length;
  if (asked.do === 'throw') throw new TypeError('no such thing');
  if (asked.do === 'leave') process.exit(3);
  const kept: string[][] = [];
  for (;;) if (asked.do === 'grow') kept.push(Array.from({ length: 10_000 }, (_, at) => `${kept.length} ${at}`));
}
