import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Installation } from '../identity/installation.js';
import { IdSource } from '../platform/id-source.js';
import { MASTER_KEY_CHECK } from '../platform/encrypted-settings.js';
import { SecretBox, sha256 } from '../platform/secrets.js';
import { type DemoProject, DemoProjectSeeder } from './demo-project.js';
import { DEFAULT_ORGANIZATION_ID, InstallationRepository } from './installation.repository.js';

const CHECK_TEXT = 'this installation';

/** What start-up settles in the database after the migrations and before the first request. */
@Injectable()
export class InstallationSetup {
  constructor(
    private readonly config: AppConfig,
    private readonly repository: InstallationRepository,
    private readonly secrets: SecretBox,
    private readonly demo: DemoProjectSeeder,
    private readonly installation: Installation,
  ) {}

  /**
   * Development gets its demo project; production gets nothing but the management key it was given.
   * @throws {Error} when the master key is not the one that encrypted this database's secrets
   */
  async run(ids: IdSource): Promise<DemoProject | null> {
    await this.checkMasterKey();
    await this.adoptManagementKey(ids);
    await this.adoptOidcOrganization();
    const demo = this.config.production ? null : await this.demo.seed(this.config.regions[0] ?? 'us-east-2');
    await this.repository.settleHome();
    return demo;
  }

  /** What was settled, be it by another process, holds in this one. */
  follow(demo: DemoProject | null): void {
    if (demo !== null) this.installation.useDefaultBranch(demo.mainBranchId);
  }

  private async checkMasterKey(): Promise<void> {
    const encrypted = this.secrets.encryptText(CHECK_TEXT, MASTER_KEY_CHECK);
    const settled = await this.repository.settleSetting(MASTER_KEY_CHECK, encrypted);
    try {
      this.secrets.decryptText(String(settled), MASTER_KEY_CHECK);
    } catch (cause) {
      const where = this.config.masterKey === null ? 'the key in the data folder' : 'BOUGH_MASTER_KEY';
      throw new Error(
        `${where} is not the one that encrypted this database's secrets. Start with the former key; to change it, give that in BOUGH_PREVIOUS_MASTER_KEY.`,
        {
          cause,
        },
      );
    }
  }

  /** Whom the issuer vouches for finds their organization there. */
  private async adoptOidcOrganization(): Promise<void> {
    const id = this.config.oidc?.organizationId;
    if (id === undefined) return;
    await this.repository.ensureOrganization(id, id === DEFAULT_ORGANIZATION_ID ? 'Default organization' : id);
  }

  private async adoptManagementKey(ids: IdSource): Promise<void> {
    if (this.config.managementKey === null) return;
    await this.repository.ensureOrganization(DEFAULT_ORGANIZATION_ID, 'Default organization');
    const hash = sha256(this.config.managementKey);
    await this.repository.ensureManagementKey(ids.prefixed('mk'), DEFAULT_ORGANIZATION_ID, 'environment', hash);
  }
}
