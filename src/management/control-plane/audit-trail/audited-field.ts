/** What the audit log shows of a field: its value, only the figures and flags in it, or its name alone. */
export type AuditRule = 'value' | 'figures' | 'name';

const byClass = new Map<object, Map<string, AuditRule>>();
const byName = new Map<string, AuditRule>();

/**
 * The audit log shows this field of an answer. Every field of a DTO that a change is answered with has this or `Secret`
 * (`test/architecture/audited-fields.spec.ts`).
 * @param figuresOnly of an object whose contents others write as they like: no text in it is shown
 */
export const Audited = ({ figuresOnly = false } = {}): PropertyDecorator => ruled(figuresOnly ? 'figures' : 'value');

/** The audit log names this field of an answer without its value: a secret, or words of somebody else. */
export const Secret = (): PropertyDecorator => ruled('name');

/**
 * An answer is recorded by the names of its fields, at any depth.
 * @returns of a name that no DTO declares, that its value stays out
 */
export function auditRuleOf(name: string): AuditRule {
  return byName.get(name) ?? 'name';
}

/** What a DTO class says of its own field or of an inherited one, by the class's name; null where it says nothing. */
export function declaredAuditRule(className: string, field: string): AuditRule | null {
  for (const start of byClass.keys()) {
    if ((start as { constructor: { name: string } }).constructor.name !== className) continue;
    for (let at: object | null = start; at !== null; at = Object.getPrototypeOf(at) as object | null) {
      const rule = byClass.get(at)?.get(field);
      if (rule !== undefined) return rule;
    }
  }
  return null;
}

/** @throws {Error} for a name that is shown in one DTO and must not be in another: the second one is renamed */
function ruled(rule: AuditRule): PropertyDecorator {
  return (prototype, key) => {
    const name = String(key);
    const known = byName.get(name) ?? rule;
    if (known !== rule) {
      throw new Error(`${prototype.constructor.name}.${name}: the audit log treats fields of that name otherwise`);
    }
    byName.set(name, rule);
    const fields = byClass.get(prototype) ?? new Map<string, AuditRule>();
    byClass.set(prototype, fields.set(name, rule));
  };
}
