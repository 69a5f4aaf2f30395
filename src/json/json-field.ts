export type JsonKind = 'string' | 'number' | 'object' | 'array' | 'true' | 'false' | 'null';

/** Where a value stands in a body: byte offsets, `end` exclusive, the quotes of a string included. */
export interface JsonField {
  readonly start: number;
  readonly end: number;
  readonly kind: JsonKind;
}
