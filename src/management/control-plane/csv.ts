/** RFC 4180: CRLF behind each line, quotes only where a value needs them. Absent is empty. */
export function csvLine(values: readonly (string | number | undefined)[]): string {
  return `${values.map(value => quote(String(value ?? ''))).join(',')}\r\n`;
}

function quote(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
