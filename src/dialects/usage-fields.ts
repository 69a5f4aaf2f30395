/**
 * The top-level fields of a whole answer that say what must be paid: by their names, and for a field that may be long, what
 * must stand in it to be worth parsing.
 */
export type UsageFields = Readonly<Record<string, readonly string[] | null>>;
