/**
 * A UUID of version 7 behind a prefix: entries have the order of time by their ids alone, whichever replica wrote them.
 * @param random at least 19 hexadecimal digits
 */
export function entryId(timeMs: number, random: string): string {
  const time = timeMs.toString(16).padStart(12, '0');
  const variant = ((Number.parseInt(random.charAt(3), 16) & 3) | 8).toString(16);
  const groups = [
    time.slice(0, 8),
    time.slice(8),
    `7${random.slice(0, 3)}`,
    variant + random.slice(4, 7),
    random.slice(7, 19),
  ];
  return `aud_${groups.join('-')}`;
}
