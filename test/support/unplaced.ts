/** A neutral request without the places where its parts stood in the caller's: two that mean the same are equal. */
export function unplaced<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(unplaced) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const isPlaced = 'at' in value && typeof value.at === 'string' && ('type' in value || 'role' in value);
  const entries = Object.entries(value).filter(([key]) => !isPlaced || key !== 'at');
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, key === 'wire' ? (inner as unknown) : unplaced(inner as unknown)]),
  ) as Value;
}
