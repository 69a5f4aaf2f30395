/** A field with a value that no upstream could take. The message is a public sentence; it does not repeat the value. */
export class RequestFieldError extends Error {
  override readonly name = 'RequestFieldError';

  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}
