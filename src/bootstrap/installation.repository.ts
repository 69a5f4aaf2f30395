import { Injectable } from '@nestjs/common';
import { PrismaService } from '../platform/prisma/prisma.service.js';

/** What start-up calls the organization that it makes. */
export const DEFAULT_ORGANIZATION_ID = 'org-default';

export interface NewBranch {
  readonly id: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly isDefault: boolean;
}

export interface NewCredential {
  readonly id: string;
  readonly shortId: string;
  readonly branchId: string;
  readonly name: string;
  readonly secretHash: Buffer;
  readonly encryptedSecrets: Uint8Array<ArrayBuffer> | null;
}

/** What start-up reads and writes: the installation's own settings, its first organization, the demo project. */
@Injectable()
export class InstallationRepository {
  constructor(private readonly prisma: PrismaService) {}

  async findSetting(key: string): Promise<unknown> {
    return (await this.prisma.setting.findUnique({ where: { key } }))?.value ?? null;
  }

  /** The first writer wins: replicas start together. Returns what holds now. */
  async settleSetting(key: string, value: object | string): Promise<unknown> {
    await this.prisma.setting.createMany({ data: [{ key, value }], skipDuplicates: true });
    return this.findSetting(key);
  }

  async replaceSetting(key: string, value: object | string): Promise<void> {
    await this.prisma.setting.upsert({ where: { key }, create: { key, value }, update: { value } });
  }

  async ensureOrganization(id: string, name: string): Promise<void> {
    await this.prisma.organization.createMany({ data: [{ id, name }], skipDuplicates: true });
  }

  /**
   * Whose administrators run the installation: the first organization that was made. It stays; the index lets no other
   * replica choose another one at the same time.
   */
  async settleHome(): Promise<void> {
    await this.prisma.$executeRaw`
      UPDATE organizations SET home = true WHERE id = (
        SELECT id FROM organizations WHERE deleted_at IS NULL
        ORDER BY id = ${DEFAULT_ORGANIZATION_ID} DESC, created_at, id LIMIT 1
      ) AND NOT EXISTS (SELECT 1 FROM organizations WHERE home)`;
  }

  async ensureManagementKey(id: string, organizationId: string, name: string, hash: Buffer): Promise<void> {
    const keyHash = new Uint8Array(hash);
    await this.prisma.managementKey.createMany({
      data: [{ id, organizationId, name, role: 'owner', keyHash }],
      skipDuplicates: true,
    });
  }

  async isManagementKeyValid(hash: Buffer): Promise<boolean> {
    const row = await this.prisma.managementKey.findUnique({ where: { keyHash: new Uint8Array(hash) } });
    return row !== null && row.revokedAt === null;
  }

  async isCredentialValid(shortId: string, hash: Buffer): Promise<boolean> {
    const row = await this.prisma.credential.findUnique({ where: { shortId }, include: { branch: true } });
    return row !== null && row.revokedAt === null && row.branch.deletedAt === null && hash.equals(row.secretHash);
  }

  async isBranchAlive(id: string): Promise<boolean> {
    const row = await this.prisma.branch.findUnique({ where: { id }, include: { project: true } });
    return row !== null && row.deletedAt === null && row.project.deletedAt === null;
  }

  async createProject(
    project: { id: string; name: string; organizationId: string; regionId: string },
    branches: readonly NewBranch[],
  ): Promise<void> {
    await this.prisma.$transaction(async transaction => {
      await transaction.project.create({ data: project });
      for (const branch of branches) await transaction.branch.create({ data: { ...branch, projectId: project.id } });
    });
  }

  async createCredential(credential: NewCredential, scopes: string[]): Promise<void> {
    const { secretHash: hash, encryptedSecrets } = credential;
    const secretHash = new Uint8Array(hash);
    await this.prisma.credential.create({ data: { ...credential, secretHash, encryptedSecrets, scopes } });
  }
}
