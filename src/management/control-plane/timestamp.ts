/** RFC 3339 in UTC; milliseconds only where there are some. */
export function timestamp(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z');
}
