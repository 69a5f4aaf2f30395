/** Every method of the published client whose operation is here, and every answer held against its published schema. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Api, CredentialScope, createApiClient } from '@neondatabase/api-client';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { PublishedApi } from '../support/published-api.js';

const ROUTES = join(__dirname, '..', 'golden', 'routes.txt');

describe('the published client', () => {
  const published = new PublishedApi();
  const called = new Set<string>();
  let gateway: TestGateway;
  let client: Api<unknown>;
  beforeAll(async () => {
    gateway = await startTestGateway();
    client = createApiClient({
      apiKey: gateway.managementKey,
      baseURL: `${gateway.baseUrl}/api/v2`,
      validateStatus: () => true,
    });
  });
  afterAll(() => gateway.stop());

  /** The answer of an operation, once it is as published. */
  const ask = async <Body>(operationId: string, answer: Promise<{ status: number; data: Body }>) => {
    const { status, data } = await answer;
    called.add(operationId);
    expect([operationId, published.faults(operationId, status, data)]).toEqual([operationId, []]);
    return { status, data };
  };
  /** The code of a refusal; the client's types know only what succeeds. */
  const refusal = async (operationId: string, answer: Promise<{ status: number; data: unknown }>) => {
    const { status, data } = await ask(operationId, answer);
    return [status, (data as { code: string }).code];
  };
  const makeBranch = async (branch: { name?: string; parent_id?: string }, projectId = gateway.projectId) =>
    (await ask('createProjectBranch', client.createProjectBranch(projectId, { branch }))).data.branch;

  it('would notice a field that is missing, and one of the wrong kind', async () => {
    const { data } = await client.getProject(gateway.projectId);
    expect(published.faults('getProject', 200, data)).toEqual([]);
    expect(published.faults('getProject', 200, { project: { ...data.project, created_at: 'today' } })).toHaveLength(1);
    expect(published.faults('getProject', 200, { project: { ...data.project, owner_id: undefined } })).toHaveLength(1);
    expect(published.faults('getProject', 404, { message: 'without a code' })).toHaveLength(1);
    expect(published.faults('deleteProjectBranch', 204, { branch: {} })).toHaveLength(1);
  });

  it('asks who it is', async () => {
    const { data: user } = await ask('getCurrentUserInfo', client.getCurrentUserInfo());
    const { data: auth } = await ask('getAuthDetails', client.getAuthDetails());
    expect([auth.auth_method, auth.auth_data]).toEqual(['api_key_org', user.id]);
    const { data } = await ask('getCurrentUserOrganizations', client.getCurrentUserOrganizations());
    expect(data.organizations.map(({ id }) => id)).toEqual([auth.account_id]);
    const { data: organization } = await ask('getOrganization', client.getOrganization(auth.account_id));
    expect(organization).toEqual(data.organizations[0]);
    const members = await ask('getOrganizationMembers', client.getOrganizationMembers({ orgId: auth.account_id }));
    expect(members.data.members).toEqual([]);
    const { data: regions } = await ask('getActiveRegions', client.getActiveRegions({ org_id: auth.account_id }));
    expect(regions.regions.map(({ region_id }) => region_id)).toContain('aws-us-east-2');
    expect(await refusal('getOrganization', client.getOrganization('org-none'))).toEqual([404, 'NOT_FOUND']);
  });

  it('makes, lists, changes, deletes and recovers projects', async () => {
    const project = { name: 'shop', region_id: 'aws-us-east-2', pg_version: 16, settings: { hipaa: false } };
    const { status, data } = await ask('createProject', client.createProject({ project }));
    const { id } = data.project;
    expect([status, data.project.pg_version, data.branch.name]).toEqual([201, 16, 'main']);
    const { data: page } = await ask('listProjects', client.listProjects({ limit: 1 }));
    expect(page.projects.map(listed => listed.id)).toEqual([id]);
    const cursor = page.pagination?.cursor ?? '';
    const { data: next } = await ask('listProjects', client.listProjects({ limit: 1, cursor, org_id: 'org-default' }));
    expect(next.projects.map(listed => listed.id)).toEqual([gateway.projectId]);
    expect((await ask('listSharedProjects', client.listSharedProjects({ limit: 5 }))).data.projects).toEqual([]);
    await ask('updateProject', client.updateProject(id, { project: { name: 'store' } }));
    expect((await ask('getProject', client.getProject(id))).data.project.name).toBe('store');
    await ask('deleteProject', client.deleteProject(id));
    expect(await refusal('getProject', client.getProject(id))).toEqual([404, 'NOT_FOUND']);
    const { data: deleted } = await ask('listProjects', client.listProjects({ recoverable: true }));
    expect(deleted.projects.map(listed => listed.id)).toEqual([id]);
    const { data: recovered } = await ask('recoverProject', client.recoverProject(id));
    expect(recovered.branches.map(branch => branch.id)).toEqual([data.branch.id]);
    await ask('deleteProject', client.deleteProject(id));
  });

  it('makes, lists, changes, restores, deletes and recovers branches', async () => {
    const { projectId, mainBranchId: mainId } = gateway;
    const branch = await makeBranch({ name: 'dev' });
    const child = await makeBranch({ parent_id: branch.id });
    const { data: page } = await ask('listProjectBranches', client.listProjectBranches({ projectId, limit: 1 }));
    expect(page.branches.map(({ id }) => id)).toEqual([child.id]);
    const more = { projectId, cursor: page.pagination?.next, sort_by: 'updated_at' as const };
    const { data: rest } = await ask('listProjectBranches', client.listProjectBranches(more));
    expect(rest.branches.map(({ id }) => id)).toContain(mainId);
    const { data: counted } = await ask(
      'countProjectBranches',
      client.countProjectBranches({ projectId, search: 'dev' }),
    );
    expect(counted.count).toBe(1);
    const changes = { name: 'work', expires_at: null, protected: true };
    await ask('updateProjectBranch', client.updateProjectBranch(projectId, branch.id, { branch: changes }));
    const { data: shown } = await ask('getProjectBranch', client.getProjectBranch(projectId, branch.id));
    expect([shown.branch.name, shown.branch.protected]).toEqual(['work', true]);
    const point = { source_lsn: '0/1A2B3C', preserve_under_name: 'work before' };
    const restore = { source_branch_id: branch.id, ...point };
    await ask('restoreProjectBranch', client.restoreProjectBranch(projectId, branch.id, restore));
    await ask('setDefaultProjectBranch', client.setDefaultProjectBranch(projectId, branch.id));
    await ask('setDefaultProjectBranch', client.setDefaultProjectBranch(projectId, mainId));
    const { data: deleted } = await ask(
      'deleteProjectBranch',
      client.deleteProjectBranch({ projectId, branchId: child.id }),
    );
    expect(deleted.operations).toEqual([expect.objectContaining({ status: 'finished', branch_id: child.id })]);
    const again = await ask('deleteProjectBranch', client.deleteProjectBranch({ projectId, branchId: child.id }));
    expect(again.status).toBe(204);
    const gone = { projectId, include_deleted: true };
    const { data: listed } = await ask('listProjectBranches', client.listProjectBranches(gone));
    expect(listed.branches.find(({ id }) => id === child.id)?.recovery?.deletion_method).toBe('user');
    const { data: back } = await ask('recoverProjectBranch', client.recoverProjectBranch(projectId, child.id));
    expect(back.branch.id).toBe(child.id);
    expect(await refusal('getProjectBranch', client.getProjectBranch(projectId, 'br-none'))).toEqual([
      404,
      'NOT_FOUND',
    ]);
    const taken = client.createProjectBranch(projectId, { branch: { name: 'work' } });
    expect(await refusal('createProjectBranch', taken)).toEqual([409, 'CONFLICT']);
  });

  it('asks for operations, one and all', async () => {
    const { projectId } = gateway;
    await makeBranch({});
    const { data } = await ask('listProjectOperations', client.listProjectOperations({ projectId, limit: 1 }));
    const [operation] = data.operations;
    const { data: one } = await ask('getProjectOperation', client.getProjectOperation(projectId, operation?.id ?? ''));
    expect(one.operation).toEqual(operation);
    const cursor = data.pagination?.cursor;
    await makeBranch({});
    await ask(
      'listProjectOperations',
      client.listProjectOperations(cursor === undefined ? { projectId } : { projectId, cursor }),
    );
  });

  it('issues, lists and revokes credentials, and finds the gateway', async () => {
    const { projectId, mainBranchId: mainId } = gateway;
    const body = { name: 'ci', scopes: [CredentialScope.AiGatewayInvoke], principal_type: 'user' as const };
    const { status, data } = await ask('createCredential', client.createCredential(projectId, mainId, body));
    expect(status).toBe(201);
    const { data: found } = await ask('getProjectBranchAiGateway', client.getProjectBranchAiGateway(projectId, mainId));
    const models = await fetch(`${found.base_url}/v1/models`, {
      headers: { authorization: `Bearer ${data.api_token}` },
    });
    expect(models.status).toBe(200);
    const { data: listed } = await ask('listCredentials', client.listCredentials(projectId, mainId));
    expect(listed.credentials.map(({ token_id }) => token_id)).toContain(data.token_id);
    const revoked = await ask('revokeCredential', client.revokeCredential(projectId, mainId, data.token_id));
    expect(revoked.status).toBe(204);
    const missing = client.getProjectBranchAiGateway(projectId, 'br-none');
    expect(await refusal('getProjectBranchAiGateway', missing)).toEqual([404, 'NOT_FOUND']);
  });

  it('finds no computes and no snapshots, placeholders for databases, and a refusal for the rest', async () => {
    const { projectId, mainBranchId: mainId } = gateway;
    expect((await ask('listProjectEndpoints', client.listProjectEndpoints(projectId))).data.endpoints).toEqual([]);
    const own = await ask('listProjectBranchEndpoints', client.listProjectBranchEndpoints(projectId, mainId));
    expect(own.data.endpoints).toEqual([]);
    expect((await ask('listSnapshots', client.listSnapshots(projectId))).data.snapshots).toEqual([]);
    const roles = await ask('listProjectBranchRoles', client.listProjectBranchRoles(projectId, mainId));
    const databases = await ask('listProjectBranchDatabases', client.listProjectBranchDatabases(projectId, mainId));
    const [role, database] = [roles.data.roles[0]?.name ?? '', databases.data.databases[0]?.name ?? ''];
    const query = { projectId, branch_id: mainId, role_name: role, database_name: database };
    const { data } = await ask('getConnectionURI', client.getConnectionUri(query));
    expect(data.uri).toMatch(/^postgresql:\/\/no-database@ep-/);
    const refused = [404, 'NOT_SUPPORTED'];
    const finalized = client.finalizeRestoreBranch(projectId, mainId, {});
    expect(await refusal('finalizeRestoreBranch', finalized)).toEqual(refused);
    expect(await refusal('listApiKeys', client.listApiKeys())).toEqual(refused);
    const schema = client.getProjectBranchSchema({ projectId, branchId: mainId, db_name: 'x' });
    expect(await refusal('getProjectBranchSchema', schema)).toEqual(refused);
  });

  it('has asked for every published operation that is here', () => {
    const here = readFileSync(ROUTES, 'utf8')
      .split('\n')
      .flatMap(line => {
        const [, method, path] = /^\S+\s+(\S+)\s+\/api\/v2(\/\S*)$/.exec(line) ?? [];
        const id =
          path === undefined ? null : published.findOperation(`${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
        return id === null ? [] : [id];
      });
    expect(here.length).toBeGreaterThan(30);
    expect(here.filter(id => !called.has(id))).toEqual([]);
  });
});
