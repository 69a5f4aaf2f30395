import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { NEWEST_FIRST } from '../control-plane/page.js';

/** What the control plane shows of a credential. The hash of its token never leaves the database through here. */
const SHOWN = {
  id: true,
  shortId: true,
  branchId: true,
  name: true,
  scopes: true,
  principalType: true,
  createdAt: true,
  expiresAt: true,
  revokedAt: true,
  lastUsedAt: true,
} as const;

/** Customers' own; the other types are internal. */
const PRINCIPAL_TYPE = 'user';

export interface NewCredential {
  readonly id: string;
  readonly shortId: string;
  readonly branchId: string;
  readonly name: string | null;
  readonly scopes: readonly string[];
  readonly expiresAt: Date | null;
}

/** What is kept of a credential's secrets. */
export interface KeptSecrets {
  readonly secretHash: Buffer;
  /** under the master key; null where they shall not be shown again */
  readonly encryptedSecrets: Uint8Array<ArrayBuffer> | null;
}

export interface IssuedCredentialRecord extends NewCredential {
  readonly principalType: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
}

@Injectable()
export class IssuedCredentialRepository {
  constructor(private readonly prisma: PrismaService) {}

  async create({ scopes, ...credential }: NewCredential, secrets: KeptSecrets): Promise<IssuedCredentialRecord> {
    const columns = { ...columnsOf(secrets), scopes: [...scopes], principalType: PRINCIPAL_TYPE };
    return this.prisma.credential.create({ data: { ...credential, ...columns }, select: SHOWN });
  }

  /** What was kept encrypted of a credential that is valid now: null where nothing was, undefined without such a credential. */
  async findEncrypted(branchId: string, id: string, now: Date): Promise<Uint8Array | null | undefined> {
    const where = { id, branchId, ...valid(now) };
    return (await this.prisma.credential.findFirst({ where, select: { encryptedSecrets: true } }))?.encryptedSecrets;
  }

  /** In one statement, so that a revocation at the same moment wins. Null without a credential that is valid now. */
  async rotate(branchId: string, id: string, secrets: KeptSecrets, now: Date): Promise<IssuedCredentialRecord | null> {
    const [row] = await this.prisma.credential.updateManyAndReturn({
      where: { id, branchId, ...valid(now) },
      data: { ...columnsOf(secrets), rotatedAt: now },
      select: SHOWN,
    });
    return row ?? null;
  }

  /** Revoked and expired ones included. */
  async list(branchId: string): Promise<IssuedCredentialRecord[]> {
    return this.prisma.credential.findMany({
      where: { branchId, principalType: PRINCIPAL_TYPE },
      select: SHOWN,
      orderBy: NEWEST_FIRST,
    });
  }

  /** `revoked` now, `already` before, or null when the branch has no such credential. */
  async revoke(branchId: string, id: string, now: Date): Promise<'revoked' | 'already' | null> {
    const where = { id, branchId, principalType: PRINCIPAL_TYPE };
    const { count } = await this.prisma.credential.updateMany({
      where: { ...where, revokedAt: null },
      data: { revokedAt: now },
    });
    if (count > 0) return 'revoked';
    return (await this.prisma.credential.count({ where })) > 0 ? 'already' : null;
  }
}

function valid(now: Date) {
  return {
    principalType: PRINCIPAL_TYPE,
    revokedAt: null,
    OR: [{ expiresAt: null }, { expiresAt: { gt: now } }],
  };
}

function columnsOf({ secretHash, encryptedSecrets }: KeptSecrets) {
  return { secretHash: new Uint8Array(secretHash), encryptedSecrets };
}
