import type { OpenAPIObject } from '@nestjs/swagger';
import { completeDocument, operationIdOf } from './openapi-details.js';

const documentOf = (paths: OpenAPIObject['paths']): OpenAPIObject => ({
  openapi: '3.0.0',
  info: { title: 'test', version: '1' },
  paths,
});

describe('what is said of every operation', () => {
  it.each([
    ['UpstreamsController', 'list', 'listUpstreams'],
    ['UpstreamsController', 'change', 'changeUpstream'],
    ['AdminModelsController', 'get', 'getModel'],
    ['BranchesController', 'get', 'getBranch'],
    ['SecretsController', 'list[1]', 'listSecrets'],
  ])('names %s.%s %s', (controller, method, id) => {
    expect(operationIdOf(controller, method)).toBe(id);
  });

  it('tells the paths of one handler apart', () => {
    const operation = () => ({ operationId: 'createMessage', responses: {} });
    const { paths } = completeDocument(
      documentOf({ '/v1/messages': { post: operation() }, '/ai-gateway/v1/{id}': { post: operation() } }),
      'key',
    );
    expect(Object.values(paths).map(({ post }) => post?.operationId)).toEqual([
      'createMessage',
      'createMessageAtAiGatewayV1Id',
    ]);
  });

  it('gives a POST of the control plane, and no other, the header that does it once', () => {
    const secured = (scheme: string) => ({ responses: {}, security: [{ [scheme]: [] }] });
    const { paths } = completeDocument(
      documentOf({ '/a': { post: secured('key'), put: secured('key') }, '/b': { post: secured('token') } }),
      'key',
    );
    const names = [paths['/a']?.post, paths['/a']?.put, paths['/b']?.post].map(operation =>
      operation?.parameters?.map(parameter => 'name' in parameter && parameter.name),
    );
    expect(names).toEqual([['Idempotency-Key'], undefined, undefined]);
    expect(Object.keys(paths['/a']?.post?.responses ?? {})).toEqual(['400', '409', '422']);
  });

  it('says an example of a filter in words, because a page would fill it in', () => {
    const parameter = { name: 'kind', in: 'query' as const, schema: { type: 'string', example: 'spend' } };
    const required = { ...parameter, name: 'branch', required: true, schema: { type: 'string', example: 'br' } };
    const { paths } = completeDocument(
      documentOf({ '/a': { get: { responses: {}, parameters: [parameter, required] } } }),
      'key',
    );
    expect(paths['/a']?.get?.parameters).toEqual([
      { name: 'kind', in: 'query', description: 'such as spend', schema: { type: 'string' } },
      required,
    ]);
  });
});
