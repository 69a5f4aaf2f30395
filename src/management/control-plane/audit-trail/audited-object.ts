/** What a change is about: the kind of object, and which one where the path names it. */
export interface AuditedObject {
  readonly kind: string;
  readonly id: string | null;
}

/** The words of paths that name a kind. */
const KINDS = new Map([
  ['organizations', 'organization'],
  ['projects', 'project'],
  ['branches', 'branch'],
  ['credentials', 'credential'],
  ['models', 'model'],
  ['price-corrections', 'price_correction'],
  ['upstreams', 'upstream'],
  ['routes', 'route'],
  ['limits', 'limit'],
  ['branch-defaults', 'branch_default'],
  ['blocks', 'block'],
  ['credits', 'credit_grant'],
  ['management-keys', 'management_key'],
  ['lineage-sources', 'lineage_source'],
  ['secrets', 'secrets'],
  ['config', 'configuration'],
]);

/**
 * Reads the object out of a path pattern: the last word that names a kind, and the parameter right behind it. So what is
 * done to an object (`…/branches/:branch_id/restore`) is about that object.
 */
export function auditedObject(pattern: string, params: Readonly<Record<string, unknown>>): AuditedObject {
  const segments = pattern.split('/').filter(segment => segment !== '');
  const at = segments.findLastIndex(segment => KINDS.has(segment));
  const kind = KINDS.get(segments[at] ?? '') ?? segments.findLast(segment => !segment.startsWith(':')) ?? '';
  const name = segments[at + 1];
  const id = at >= 0 && name?.startsWith(':') === true ? params[name.slice(1)] : undefined;
  return { kind, id: typeof id === 'string' ? id : null };
}

/** The id of what was made, in an answer: its own, a token's, or that of the object inside. */
export function idInAnswer(kind: string, answer: unknown): string | null {
  if (!isRecord(answer)) return null;
  const inner = answer[kind];
  const id = answer['id'] ?? answer['token_id'] ?? (isRecord(inner) ? inner['id'] : undefined);
  return typeof id === 'string' ? id : null;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
