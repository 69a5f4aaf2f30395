import { Injectable } from '@nestjs/common';
import { INVOKE_SCOPE } from '../identity/identity.types.js';
import { issueToken, readShortId } from '../identity/token.js';
import { CredentialSecretsService } from '../management/credentials/credentials.module.js';
import { issueManagementKey } from '../management/control-plane/access/management-key.js';
import { IdSource } from '../platform/id-source.js';
import { DEMO_CONTEXTS, DEMO_SETTING } from '../platform/encrypted-settings.js';
import { SecretBox, sha256 } from '../platform/secrets.js';
import { DEFAULT_ORGANIZATION_ID, InstallationRepository } from './installation.repository.js';

/** What a developer needs to call the gateway: printed at start and kept in the connection file. */
export interface DemoProject {
  readonly projectId: string;
  readonly mainBranchId: string;
  readonly token: string;
  readonly managementKey: string;
}

interface StoredDemo {
  readonly projectId: string;
  readonly mainBranchId: string;
  readonly token: string;
  readonly managementKey: string;
}

/**
 * Development's project: `main` → `preview/feature-x` → `preview/sub-branch`, a separate root `staging`, a credential
 * on `main` and a management key. Made once; its secrets are encrypted with the master key, so that every start prints
 * the same token.
 */
@Injectable()
export class DemoProjectSeeder {
  constructor(
    private readonly repository: InstallationRepository,
    private readonly ids: IdSource,
    private readonly secrets: SecretBox,
    private readonly credentialSecrets: CredentialSecretsService,
  ) {}

  async seed(regionId: string): Promise<DemoProject> {
    const kept = await this.findKept();
    if (kept !== null) return kept;
    await this.repository.ensureOrganization(DEFAULT_ORGANIZATION_ID, 'Default organization');
    const projectId = this.ids.projectId();
    const mainBranchId = await this.createTree(projectId, regionId);
    return this.keep({
      projectId,
      mainBranchId,
      token: await this.issueCredential(mainBranchId),
      managementKey: await this.issueKey(),
    });
  }

  /** The demo of an earlier start, with a new token or key in the place of one that no longer works. */
  private async findKept(): Promise<DemoProject | null> {
    const stored = (await this.repository.findSetting(DEMO_SETTING)) as StoredDemo | null;
    if (stored === null || !(await this.repository.isBranchAlive(stored.mainBranchId))) return null;
    const token = this.open(stored.token, DEMO_CONTEXTS.token);
    const key = this.open(stored.managementKey, DEMO_CONTEXTS.managementKey);
    const shortId = readShortId(token);
    const tokenWorks = shortId !== null && (await this.repository.isCredentialValid(shortId, sha256(token)));
    const keyWorks = await this.repository.isManagementKeyValid(sha256(key));
    const demo = {
      projectId: stored.projectId,
      mainBranchId: stored.mainBranchId,
      token: tokenWorks ? token : await this.issueCredential(stored.mainBranchId),
      managementKey: keyWorks ? key : await this.issueKey(),
    };
    return tokenWorks && keyWorks ? demo : this.keep(demo);
  }

  private async createTree(projectId: string, regionId: string): Promise<string> {
    const [main, feature, sub, staging] = [0, 1, 2, 3].map(() => this.ids.branchId()) as [
      string,
      string,
      string,
      string,
    ];
    await this.repository.createProject(
      { id: projectId, name: 'demo', organizationId: DEFAULT_ORGANIZATION_ID, regionId },
      [
        { id: main, parentId: null, name: 'main', isDefault: true },
        { id: feature, parentId: main, name: 'preview/feature-x', isDefault: false },
        { id: sub, parentId: feature, name: 'preview/sub-branch', isDefault: false },
        { id: staging, parentId: null, name: 'staging', isDefault: false },
      ],
    );
    return main;
  }

  private async issueCredential(branchId: string): Promise<string> {
    const issued = issueToken(this.ids);
    const { tokenId, shortId, apiToken } = issued;
    const credential = { id: tokenId, shortId, branchId, name: 'demo', ...this.credentialSecrets.make(issued).kept };
    await this.repository.createCredential(credential, [INVOKE_SCOPE]);
    return apiToken;
  }

  private async issueKey(): Promise<string> {
    const key = issueManagementKey(this.ids);
    await this.repository.ensureManagementKey(this.ids.prefixed('mk'), DEFAULT_ORGANIZATION_ID, 'demo', sha256(key));
    return key;
  }

  private async keep(demo: DemoProject): Promise<DemoProject> {
    const stored: StoredDemo = {
      ...demo,
      token: this.secrets.encryptText(demo.token, DEMO_CONTEXTS.token),
      managementKey: this.secrets.encryptText(demo.managementKey, DEMO_CONTEXTS.managementKey),
    };
    await this.repository.replaceSetting(DEMO_SETTING, stored);
    return demo;
  }

  private open(encrypted: string, context: string): string {
    return this.secrets.decryptText(encrypted, context);
  }
}
