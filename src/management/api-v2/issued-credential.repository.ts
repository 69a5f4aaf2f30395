import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { NEWEST_FIRST } from '../page.js';

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
  readonly secretHash: Buffer;
  readonly expiresAt: Date | null;
}

export interface IssuedCredentialRecord extends Omit<NewCredential, 'secretHash'> {
  readonly principalType: string;
  readonly createdAt: Date;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
}

@Injectable()
export class IssuedCredentialRepository {
  constructor(private readonly prisma: PrismaService) {}

  async create({ scopes, secretHash, ...credential }: NewCredential): Promise<IssuedCredentialRecord> {
    const columns = { scopes: [...scopes], secretHash: new Uint8Array(secretHash), principalType: PRINCIPAL_TYPE };
    return this.prisma.credential.create({ data: { ...credential, ...columns }, select: SHOWN });
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
