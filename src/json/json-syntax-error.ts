/**
 * A body that is no JSON object we accept. `message` is a public sentence that says what is wrong at which byte; it
 * never repeats the body, so it may be shown and logged. `offset` counts bytes from the start of the body.
 */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';

  constructor(
    problem: string,
    readonly offset: number,
  ) {
    super(`the request body is not a valid JSON object: ${problem} at byte ${offset}`);
  }
}

/** A body that may well be JSON: what it holds is no object. */
export class NotAnObjectError extends JsonSyntaxError {
  constructor(found: string, offset: number) {
    super('', offset);
    this.message = `the request body must be a JSON object, but ${found} was found`;
  }
}
