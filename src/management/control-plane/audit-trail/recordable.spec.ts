import { Audited, auditRuleOf, declaredAuditRule, Secret } from './audited-field.js';
import { recordable } from './recordable.js';

class Part {
  @Audited()
  priority!: number;
}

class Answer {
  @Audited()
  id!: string;

  @Audited()
  base_url!: string;

  @Audited()
  client_id!: null;

  @Audited()
  routes!: Part[];

  @Audited()
  project!: object;

  @Audited({ figuresOnly: true })
  capabilities!: object;

  @Secret()
  api_token!: string;
}

class Longer extends Answer {
  @Audited()
  name!: string;

  plain!: string;
}

const OMITTED = '[not recorded]';

describe('what the audit log keeps of an answer', () => {
  it('is what a DTO declares to be shown, at every depth', () => {
    const answer = {
      id: 'up_1',
      base_url: 'https://api.example.com/v1',
      routes: [{ id: 'rt_1', priority: 100 }],
      expires_at: undefined,
      client_id: null,
    };
    expect(recordable(answer)).toEqual({
      id: 'up_1',
      base_url: 'https://api.example.com/v1',
      routes: [{ id: 'rt_1', priority: 100 }],
      client_id: null,
    });
  });

  it.each(['api_token', 's3_secret_access_key', 'secret', 'key', 'password', 'client_secret', 'anything_new'])(
    'is not the value of %s, wherever it stands',
    name => {
      const canary = { [name]: 'canary' };
      const kept = recordable({ ...canary, project: canary, routes: [canary, { nested: canary }], base_url: canary });
      expect(JSON.stringify(kept)).not.toContain('canary');
      expect(kept).toMatchObject({ [name]: OMITTED, project: { [name]: OMITTED } });
    },
  );

  it('is only figures and flags of what administrators write as they like', () => {
    const capabilities = { tools: true, limits: { parts: 5, why: 'canary' }, list: ['canary', 1, null] };
    expect(recordable({ capabilities })).toEqual({
      capabilities: { tools: true, limits: { parts: 5, why: OMITTED }, list: [OMITTED, 1, null] },
    });
  });

  it.each([[undefined], [null], ['text'], [['list']], [5]])('is nothing where there is no object: %j', answer => {
    expect(recordable(answer)).toBeNull();
  });

  it('is bounded, and takes no name for a prototype', () => {
    let deep: object = { name: 'canary' };
    for (let level = 0; level < 40; level += 1) deep = { project: deep };
    expect(JSON.stringify(recordable(deep))).not.toContain('canary');
    expect(recordable(JSON.parse('{"__proto__": {"name": "x"}, "id": "a"}'))).toEqual({
      ['__proto__']: OMITTED,
      id: 'a',
    });
  });

  it('is declared at the field, of its class or of what that extends', () => {
    const rules = ['id', 'capabilities', 'api_token', 'name', 'plain'].map(field =>
      declaredAuditRule(Longer.name, field),
    );
    expect(rules).toEqual(['value', 'figures', 'name', 'value', null]);
    expect([declaredAuditRule('Answer', 'name'), declaredAuditRule('Nobody', 'id')]).toEqual([null, null]);
    expect(auditRuleOf('plain')).toBe('name');
  });

  it('is never decided twice: a name that is shown in one DTO is no secret in another', () => {
    const declare = (decorate: PropertyDecorator, name: string) => () => decorate(class Later {}.prototype, name);
    expect(declare(Secret(), 'base_url')).toThrow('Later.base_url: the audit log treats fields of that name otherwise');
    expect(declare(Audited(), 'api_token')).toThrow('Later.api_token');
    expect(declare(Audited(), 'capabilities')).toThrow('Later.capabilities');
    expect(declare(Secret(), 'api_token')).not.toThrow();
  });
});
