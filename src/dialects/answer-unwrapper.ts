/** The key is that of `asObjectRoot` (`schemas/output-root.ts`). */
const OPENING = /^\s*\{\s*"answer"\s*:\s*/;
/** What comes before the answer is no longer, but for one who fills it with white space. */
const LONGEST_OPENING = 64;

/**
 * What an object of one property holds, out of the object's JSON as it streams. Text that begins in another way is no such
 * object and stays as it is. Each character is looked at once.
 */
export class AnswerUnwrapper {
  private unread = '';
  private state: 'opening' | 'answer' | 'after' | 'other' = 'opening';
  private depth = 0;
  private inString = false;
  private escaped = false;

  /** What the piece adds to the answer. */
  push(piece: string): string {
    if (this.state === 'other') return piece;
    if (this.state === 'after') return '';
    if (this.state === 'answer') return this.read(piece);
    this.unread += piece;
    const opening = OPENING.exec(this.unread.slice(0, LONGEST_OPENING));
    // White space behind the colon may go on in the next piece.
    if (opening !== null && opening[0].length < this.unread.length) {
      this.state = 'answer';
      return this.read(this.unread.slice(opening[0].length));
    }
    if (this.unread.length < LONGEST_OPENING) return '';
    this.state = 'other';
    return this.unread;
  }

  /** What is left to be told at the end. */
  end(): string {
    const rest = this.state === 'opening' && !OPENING.test(this.unread) ? this.unread : '';
    this.state = 'after';
    return rest;
  }

  private read(text: string): string {
    for (let at = 0; at < text.length; at += 1) {
      const letter = text[at];
      if (this.escaped) this.escaped = false;
      else if (this.inString) {
        if (letter === '\\') this.escaped = true;
        else if (letter === '"') this.inString = false;
      } else if (letter === '"') this.inString = true;
      else if (letter === '{' || letter === '[') this.depth += 1;
      else if (letter === '}' || letter === ']') {
        if (this.depth === 0) {
          this.state = 'after';
          return text.slice(0, at);
        }
        this.depth -= 1;
      }
    }
    return text;
  }
}
