import { Injectable } from '@nestjs/common';
import { GatewayError } from '../../../errors/gateway-error.js';
import type { Operator } from '../../../identity/identity.types.js';
import { isObjectId } from '../requests/request.pipe.js';
import { isStorable } from '../requests/storable.js';

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

/** A change that is about to be made, before anything of it was checked. */
export interface Change {
  readonly operator: Operator;
  readonly object: AuditedObject;
  readonly params: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** How objects of a kind are looked at: as their GET shows them. Undefined where the operator has none. */
export interface ObjectViews {
  byId(change: Change & { readonly id: string }): Promise<object | undefined>;
  /** for what is set without an id: the one that holds for the same thing */
  byBody?(change: Change): Promise<object | undefined>;
}

/** Looks at what is about to be changed, as the operator may see it. Each module says how its own objects are looked at. */
@Injectable()
export class ObjectViewsService {
  private readonly views = new Map<string, ObjectViews>();

  register(kind: string, views: ObjectViews): void {
    this.views.set(kind, views);
  }

  /** Null where there is nothing yet, nothing that the operator may see, or nothing that is looked at cheaply. */
  async find(change: Change): Promise<object | null> {
    const { kind, id } = change.object;
    const views = this.views.get(kind);
    try {
      if (id === null) return (await views?.byBody?.(change)) ?? null;
      return isObjectId(id) ? ((await views?.byId({ ...change, id })) ?? null) : null;
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'not_found') return null;
      throw error;
    }
  }
}

/** Whether a key that was not checked yet can be asked for: texts only, and none that Postgres does not take. */
export function isTexts<Names extends string>(key: Record<Names, unknown>): key is Record<Names, string> {
  return Object.values(key).every(value => typeof value === 'string' && isStorable(value));
}
