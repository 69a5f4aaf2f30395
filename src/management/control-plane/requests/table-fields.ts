/** A field of a DTO that is made from a row of a table. */
export interface TableField<Name extends string> {
  readonly name: Name;
  /** as they would stand above the field, from top to bottom */
  readonly decorators: readonly PropertyDecorator[];
}

/** A class to extend, with a field for each row of a table: a new row is a new field of the DTO. */
export function fieldsOf<Value, Name extends string>(
  fields: readonly TableField<Name>[],
): new () => { [Key in Name]: Value } {
  const Fields = class {} as new () => { [Key in Name]: Value };
  for (const { name, decorators } of fields) {
    for (const decorate of decorators.toReversed()) decorate(Fields.prototype as object, name);
  }
  return Fields;
}
