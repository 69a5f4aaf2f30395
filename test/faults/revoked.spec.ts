/** What becomes of a stream that runs while its credential, its branch or its project ends. */
import { chatStream, FakeProvider } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

const CHAT = {
  model: 'gpt-5-4',
  messages: [{ role: 'user', content: 'hi' }],
  stream: true,
  stream_options: { include_usage: true },
};
const ANSWER = chatStream(['Branches ', 'grow.']);
const CUT = ANSWER.indexOf('\n\n') + 2;

interface Scene {
  readonly projectId: string;
  readonly mainId: string;
  readonly branchId: string;
  readonly tokenId: string;
  readonly token: string;
}

describe('a stream that runs', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  let release: () => void = () => undefined;
  beforeAll(async () => {
    provider = await FakeProvider.start(async (_, response) => {
      const gate = new Promise<void>(resolve => {
        release = resolve;
      });
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(ANSWER.subarray(0, CUT));
      await gate;
      response.end(ANSWER.subarray(CUT));
    });
    gateway = await startTestGateway({ OPENAI_API_KEY: 'sk-fake', OPENAI_BASE_URL: `${provider.url}/v1` });
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const makeScene = async (): Promise<Scene> => {
    const project = await gateway.manage<{ project: { id: string }; branch: { id: string } }>(
      'POST',
      '/api/v2/projects',
      {},
    );
    const [projectId, mainId] = [project.body.project.id, project.body.branch.id];
    const branches = `/api/v2/projects/${projectId}/branches`;
    const { body } = await gateway.manage<{ branch: { id: string } }>('POST', branches, {});
    const branchId = body.branch.id;
    const credential = { scopes: ['ai_gateway:invoke'], principal_type: 'user' };
    const path = `${branches}/${branchId}/credentials`;
    const issued = await gateway.manage<{ token_id: string; api_token: string }>('POST', path, credential);
    return { projectId, mainId, branchId, tokenId: issued.body.token_id, token: issued.body.api_token };
  };
  const ask = ({ token, branchId }: Scene) =>
    gateway.chat(CHAT, { authorization: `Bearer ${token}` }, `/branches/${branchId}/v1/chat/completions`);
  const branch = ({ projectId, branchId }: Scene) => `/api/v2/projects/${projectId}/branches/${branchId}`;

  it.each<[string, (scene: Scene) => [method: string, path: string, body?: object], after: number]>([
    ['its credential is revoked', scene => ['DELETE', `${branch(scene)}/credentials/${scene.tokenId}`], 401],
    ['its credential is rotated', scene => ['POST', `${branch(scene)}/credentials/${scene.tokenId}/rotate`], 401],
    ['its branch is deleted', scene => ['DELETE', branch(scene)], 401],
    ['its project is deleted', ({ projectId }) => ['DELETE', `/api/v2/projects/${projectId}`], 401],
    ['its branch is reset', scene => ['POST', `${branch(scene)}/restore`, { source_branch_id: scene.mainId }], 200],
  ])('is answered whole when %s, and recorded once; the next request is judged anew', async (_, change, after) => {
    const scene = await makeScene();
    const running = await ask(scene);
    expect(running.status).toBe(200);
    const requestId = running.headers.get('x-request-id');
    const finish = release;

    const [method, path, body] = change(scene);
    expect((await gateway.manage(method, path, body)).status).toBeLessThan(300);
    const next = await ask(scene);
    expect(next.status).toBe(after);
    if (after === 200) release();
    await next.arrayBuffer();

    finish();
    expect(Buffer.from(await running.arrayBuffer()).equals(ANSWER)).toBe(true);
    const find = () =>
      gateway.sql<{ status: string; branch_id: string; estimated: boolean }>(
        'SELECT status, branch_id, estimated FROM usage_records WHERE request_id = $1',
        [requestId],
      );
    await eventually(async () => (await find()).length > 0, 'its record');
    expect(await find()).toEqual([{ status: 'completed', branch_id: scene.branchId, estimated: false }]);
  });
});
