const PLACES = new WeakMap<object, Readonly<Record<string, string>>>();

/**
 * Notes where a value stands in the caller's request, in the caller's own words, so that a refusal or a loss that an encoder
 * finds can name that field. A copy of the value does not know it.
 * @param fields one path, or several by what of the value they hold (`effort`, `budget`)
 */
export function placed<Value extends object>(value: Value, fields: string | Readonly<Record<string, string>>): Value {
  PLACES.set(value, typeof fields === 'string' ? { '': fields } : fields);
  return value;
}

/** The caller's path to a value. @param otherwise what it is called where nobody noted it */
export function placeOf(value: object, otherwise: string, aspect = ''): string {
  const fields = PLACES.get(value);
  return fields !== undefined && Object.hasOwn(fields, aspect) ? (fields[aspect] as string) : otherwise;
}

/** A copy that stands where its original stood. */
export function keepPlaces<Value extends object>(original: object, copy: Value): Value {
  const fields = PLACES.get(original);
  return fields === undefined ? copy : placed(copy, fields);
}
