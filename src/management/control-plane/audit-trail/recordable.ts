import { auditRuleOf } from './audited-field.js';
import { isRecord } from './audited-object.js';

const OMITTED = '[not recorded]';
const MAX_DEPTH = 8;

/** An answer as the audit log keeps it, by what its DTO says of each field. What is no object leaves nothing. */
export function recordable(answer: unknown): object | null {
  return isRecord(answer) ? keepFields(answer, 0) : null;
}

function keepFields(fields: Record<string, unknown>, depth: number): object {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept.map(([name, value]) => [name, keepField(name, value, depth + 1)]));
}

function keepField(name: string, value: unknown, depth: number): unknown {
  switch (auditRuleOf(name)) {
    case 'value':
      return keep(value, depth);
    case 'figures':
      return keepFigures(value, depth);
    case 'name':
      return OMITTED;
  }
}

function keep(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) return OMITTED;
  if (Array.isArray(value)) return value.map(item => keep(item, depth + 1));
  return isRecord(value) ? keepFields(value, depth) : value;
}

function keepFigures(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) return OMITTED;
  if (Array.isArray(value)) return value.map(item => keepFigures(item, depth + 1));
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, keepFigures(item, depth + 1)]));
  }
  return value === null || typeof value === 'boolean' || typeof value === 'number' ? value : OMITTED;
}
