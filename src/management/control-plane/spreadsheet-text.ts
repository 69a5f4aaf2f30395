const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/** A text that a spreadsheet shows and never computes: one that would begin a formula gets an apostrophe before it. */
export function spreadsheetText(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}
