import type { Dialect } from './dialect.js';
import { isDataUrl, isPublicAddress } from './public-address.js';

/** Where a value stands. */
export interface Where {
  /** the object that it is a value of; nothing of it at the top level */
  readonly holder: Readonly<Record<string, unknown>>;
  /** the path of that object */
  readonly at: string;
  /** the model that is asked for */
  readonly model: string | null;
}

/** Nothing is said: whatever the field would do is not asked for. */
export function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** How the vendor begins the ids of thoughts, and this gateway too. A model that is asked in another dialect can do without them. */
export function isThoughtId(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('rs_');
}

/** Google's names have a path before them. */
export function bareModel(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** A citation, and what code wrote before, come back with the history: they are read, and nothing is fetched for them. */
export function isNoCitation(value: unknown, { holder }: Where): boolean {
  if (isNothing(value)) return false;
  const { type: kind } = holder;
  return typeof kind !== 'string' || !/(?:_citation|_location|^file_path|code_execution_output)$/.test(kind);
}

export function isSaidObject(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

/** Where addresses of what was read stand in a history: nobody fetches those again. */
const READ_BEFORE = /(?:^|\.)(?:url_citation|(?:annotations|citations|search_results|sources)\[\d+\])$/;

export function isFetchedElsewhere(value: unknown, { holder, at }: Where, dialect: Dialect): boolean {
  if (typeof value !== 'string' || value === '') return false;
  // In Messages an address stands in many places, and is fetched where it is the source of something.
  if (dialect === 'anthropic_messages' && !/^url$/i.test(String(holder['type'])) && !/(?:^|\.)source$/.test(at))
    return false;
  return !READ_BEFORE.test(at) && !isDataUrl(value) && !isPublicAddress(value);
}

/** Base64 has no colon. */
export function isNoContent(value: unknown): boolean {
  return (
    typeof value === 'string' && /^\s*[a-z][a-z\d+.-]*:/i.test(value) && !isDataUrl(value) && !isPublicAddress(value)
  );
}
