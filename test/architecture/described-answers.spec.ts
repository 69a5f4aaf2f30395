/** What compares the answers of the control plane with the document of its routes, in every test that calls it. */
import { DescribedAnswers } from '../support/described-answers.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const PATH = '/admin/limits/lim_0123456789abcdefghij';
const LIMIT = {
  ...{ id: 'lim_0123456789abcdefghij', scope_type: 'project', scope_id: 'amber-birch-12345678' },
  ...{ kind: 'requests_per_minute', value: 60 },
  ...{ created_at: '2026-11-23T00:00:00.000Z', updated_at: '2026-11-23T00:00:00.000Z' },
};

describe('an answer of the control plane', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.stop());

  const answered = (
    body: object | '',
    { status = 200, method = 'GET', path = PATH, sent = undefined as unknown } = {},
  ) => {
    const text = body === '' ? '' : JSON.stringify(body);
    const response = new Response(status === 204 ? null : text, {
      status,
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
    return () => DescribedAnswers.at(gateway.baseUrl).expectDescribed({ method, path, sent, response, text });
  };

  it('passes as it is described', () => {
    expect(answered(LIMIT)).not.toThrow();
    expect(answered('', { status: 204, method: 'DELETE' })).not.toThrow();
    expect(answered({ error: { message: 'x', type: 'x', param: null, code: 'x' } }, { status: 404 })).not.toThrow();
    expect(answered(LIMIT, { method: 'PATCH', sent: { value: 60 } })).not.toThrow();
  });

  it.each([
    ['a field that is not described', { ...LIMIT, secret: 'x' }, 'additional properties: secret'],
    ['a field that is missing', { ...LIMIT, id: undefined }, "must have required property 'id'"],
    ['a field of another type', { ...LIMIT, value: '60' }, '/value must be number'],
    ['a word that is none of the described', { ...LIMIT, kind: 'x' }, '/kind must be equal to one of'],
    ['a time that is none', { ...LIMIT, created_at: 'today' }, '/created_at must match format'],
    ['null where none is described', { ...LIMIT, value: null }, '/value must be number'],
    ['no body', '' as const, 'there is no body'],
  ])('is refused with %s', (_, body, fault) => {
    expect(answered(body)).toThrow(fault);
  });

  it('is refused with a status, a route, a query or a body that is not described', () => {
    expect(answered(LIMIT, { status: 201 })).toThrow('the status is not described');
    expect(answered(LIMIT, { path: '/admin/nothing' })).toThrow('the route is not described');
    expect(answered(LIMIT, { path: `${PATH}?colour=green` })).toThrow('the query colour is not described');
    expect(answered(LIMIT, { method: 'PATCH', sent: { colour: 'green' } })).toThrow('the body: it must NOT have');
  });
});
