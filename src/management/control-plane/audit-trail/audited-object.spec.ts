import { auditedObject, idInAnswer } from './audited-object.js';

const PROJECT = '/api/v2/projects/:project_id';

describe('what a change is about', () => {
  it.each([
    ['/api/v2/projects', {}, 'project', null],
    [PROJECT, { project_id: 'p' }, 'project', 'p'],
    [`${PROJECT}/branches`, { project_id: 'p' }, 'branch', null],
    [`${PROJECT}/branches/:branch_id`, { project_id: 'p', branch_id: 'b' }, 'branch', 'b'],
    [`${PROJECT}/branches/:branch_id/restore`, { project_id: 'p', branch_id: 'b' }, 'branch', 'b'],
    [
      `${PROJECT}/branches/:branch_id/credentials/:token_id`,
      { project_id: 'p', branch_id: 'b', token_id: 't' },
      'credential',
      't',
    ],
    ['/admin/models/:model_id/price-corrections', { model_id: 'm' }, 'price_correction', null],
    ['/admin/limits/:limit_id', { limit_id: 'l' }, 'limit', 'l'],
    ['/admin/limits/:limit_id', {}, 'limit', null],
    ['/admin/something-new/:id', { id: 'x' }, 'something-new', null],
    ['/', {}, '', null],
  ])('of %s with %j', (pattern, params, kind, id) => {
    expect(auditedObject(pattern, params)).toEqual({ kind, id });
  });

  it.each([
    ['limit', { id: 'lim_1' }, 'lim_1'],
    ['credential', { token_id: 'nak_1', api_token: 'x' }, 'nak_1'],
    ['branch', { branch: { id: 'br-1' }, endpoints: [] }, 'br-1'],
    ['project', { project: { id: 'p-1' }, branch: { id: 'br-1' } }, 'p-1'],
    ['branch', { branch: null }, null],
    ['limit', { id: 5 }, null],
    ['limit', ['lim_1'], null],
    ['limit', undefined, null],
  ])('in the answer for a %s: %j', (kind, answer, id) => {
    expect(idInAnswer(kind, answer)).toBe(id);
  });
});
