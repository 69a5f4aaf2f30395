/** RFC 3339 in UTC; milliseconds only where there are some. */
export function timestamp(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z');
}

/** RFC 4180: CRLF behind each line, quotes only where a value needs them. Absent is empty. */
export function csvLine(values: readonly (string | number | undefined)[]): string {
  return `${values.map(value => quote(String(value ?? ''))).join(',')}\r\n`;
}

function quote(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/** A text that a spreadsheet shows and never computes: one that would begin a formula gets an apostrophe before it. */
export function spreadsheetText(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}
