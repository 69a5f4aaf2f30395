import { hash } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { GatewayError } from '../errors/gateway-error.js';
import { type Change, ChangeFeed } from '../platform/change-feed.js';
import { Clock } from '../platform/clock.js';
import { sameDigest, sha256 } from '../platform/secrets.js';
import { BranchRepository } from './branch.repository.js';
import { type CredentialRecord, CredentialRepository } from './credential.repository.js';
import { IdentityCache } from './identity-cache.js';
import { type Branch, type Caller, INVOKE_SCOPE } from './identity.types.js';
import { RecentSet } from './recent-set.js';
import { readShortId, shortIdOf } from './token.js';

const MAX_ENTRIES = 50_000;
const MAX_SEEN = 20_000;
const MAX_ANNOUNCED = 10_000;
/** Without the change feed this replica cannot hear of a revocation, so it asks much more often. */
const UNCONNECTED_FRESH_MS = 500;

interface Identified {
  readonly caller: Caller;
  readonly expiresAt: number | null;
}

/** Answers who calls, and whether the branch they address is theirs. */
@Injectable()
export class IdentityService implements OnModuleInit {
  private readonly callers: IdentityCache<Identified | null>;
  private readonly branches: IdentityCache<Branch | null>;
  private readonly names: IdentityCache<string | null>;
  /** The digests of tokens that were valid here: what is forgotten of them at a change is no guess afterwards. */
  private readonly seen = new RecentSet(MAX_SEEN);
  /** The short ids of credentials that were made or changed lately: they are no guesses. */
  private readonly announced = new RecentSet(MAX_ANNOUNCED);

  constructor(
    config: AppConfig,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
    private readonly credentials: CredentialRepository,
    private readonly branchRepository: BranchRepository,
  ) {
    const options = {
      maxEntries: MAX_ENTRIES,
      freshMs: () => (feed.connected ? config.identityCacheMs : Math.min(UNCONNECTED_FRESH_MS, config.identityCacheMs)),
      staleMs: config.identityStaleMs,
      lostAt: () => feed.lostAt,
      now: () => clock.monotonicMs(),
    };
    this.callers = new IdentityCache(options);
    this.branches = new IdentityCache(options);
    this.names = new IdentityCache(options);
  }

  onModuleInit(): void {
    this.feed.on('identity', change => this.forget(change));
  }

  /** The caller behind a token that is remembered and valid; null where the store must be asked, or the answer is no. */
  identifyKnown(token: string): Caller | null {
    const identified = this.callers.peek(hash('sha256', token, 'base64'));
    if (identified == null || this.hasEnded(identified.expiresAt)) return null;
    return identified.caller.scopes.includes(INVOKE_SCOPE) ? identified.caller : null;
  }

  /** The same of a branch, as `authorizeBranch` says it. */
  authorizeKnown(caller: Caller, ref: string): Branch | null {
    const id = ref.startsWith('br-') ? ref : this.names.peek(nameKey(caller.projectId, ref));
    const branch = id == null ? null : this.branches.peek(id);
    return branch != null && this.mayUse(caller, branch) ? branch : null;
  }

  /**
   * The caller behind a token.
   * @param beforeGuess is called before the store is asked for a token that is not known to have been valid; what it throws
   * is thrown
   * @throws {GatewayError} invalid_credential (401) for a token that is malformed, unknown, revoked or expired, all
   * alike; insufficient_scope (403); authorization_unavailable (503) when the store cannot be asked
   */
  async identify(token: string, beforeGuess: () => void = () => undefined): Promise<Caller> {
    const digest = sha256(token);
    const key = digest.toString('base64');
    const identified = this.callers.peek(key) ?? (await this.lookUp(token, digest, key, beforeGuess));
    if (identified === null || this.hasEnded(identified.expiresAt)) {
      throw new GatewayError('invalid_credential');
    }
    if (!identified.caller.scopes.includes(INVOKE_SCOPE)) throw new GatewayError('insufficient_scope');
    return identified.caller;
  }

  /**
   * The branch that `ref` (an id, or a name within the caller's project) means, if it is the caller's anchor or one of
   * the anchor's descendants (docs/contract.md section 10).
   * @throws {GatewayError} branch_not_in_lineage, the same for a foreign and for an unknown branch;
   * authorization_unavailable
   */
  async authorizeBranch(caller: Caller, ref: string): Promise<Branch> {
    const id = ref.startsWith('br-') ? ref : await this.findIdByName(caller.projectId, ref);
    const branch = id === null ? null : (this.branches.peek(id) ?? (await this.findBranch(id)));
    if (branch === null || !this.mayUse(caller, branch)) throw new GatewayError('branch_not_in_lineage');
    return branch;
  }

  private mayUse(caller: Caller, branch: Branch): boolean {
    if (this.hasEnded(branch.expiresAt) || branch.projectId !== caller.projectId) return false;
    return branch.lineage.includes(caller.anchorBranchId);
  }

  /** Looked at for every request: what is remembered may end while it is remembered. */
  private hasEnded(expiresAt: number | null | undefined): boolean {
    return expiresAt != null && expiresAt <= this.clock.now();
  }

  private async lookUp(
    token: string,
    digest: Buffer,
    key: string,
    beforeGuess: () => void,
  ): Promise<Identified | null> {
    const shortId = readShortId(token);
    if (shortId === null || this.callers.peek(key) === null) return null;
    if (!this.seen.has(key) && !this.announced.has(shortId)) beforeGuess();
    const identified = await this.ask(() =>
      this.callers.get(key, async () => identifiedBy(await this.credentials.findByShortId(shortId), digest)),
    );
    if (identified !== null) this.seen.add(key);
    return identified;
  }

  private findBranch(id: string): Promise<Branch | null> {
    return this.ask(() => this.branches.get(id, () => this.branchRepository.findWithLineage(id)));
  }

  private findIdByName(projectId: string, name: string): Promise<string | null> {
    return this.ask(() =>
      this.names.get(nameKey(projectId, name), () => this.branchRepository.findIdByName(projectId, name)),
    );
  }

  private async ask<Value>(question: () => Promise<Value>): Promise<Value> {
    try {
      return await question();
    } catch (cause) {
      throw new GatewayError('authorization_unavailable', {
        internal: 'the identity store failed',
        cause,
        retryAfterSeconds: 1,
      });
    }
  }

  /**
   * What is known to have changed is forgotten, whether or not the store can be asked. A change in a project's tree may
   * reach all of its branches, and a name may now mean another. Where nobody said that anything changed, nothing is
   * forgotten, only asked for again: a database that is away would take every identity with it.
   */
  private forget({ key, unheardSince }: Change): void {
    if (unheardSince !== undefined) {
      for (const cache of [this.callers, this.branches, this.names]) cache.expire(unheardSince);
      return;
    }
    const [kind, id] = key.split(':');
    if (kind === 'credential') {
      if (id !== undefined) this.announced.add(shortIdOf(id));
      this.callers.drop((_, value) => value === null || value.caller.credentialId === id);
      return;
    }
    const elsewhere = (projectId: string | undefined) =>
      kind === 'project' && projectId !== undefined && projectId !== id;
    this.callers.drop((_, value) => !elsewhere(value?.caller.projectId));
    this.branches.drop((_, value) => !elsewhere(value?.projectId));
    this.names.drop(name => !elsewhere(name.slice(0, name.indexOf('/'))));
  }
}

function nameKey(projectId: string, name: string): string {
  return `${projectId}/${name}`;
}

function identifiedBy(record: CredentialRecord | null, digest: Buffer): Identified | null {
  // The digest is compared whatever was found, so that an unknown and a revoked token take the same time.
  const matches = sameDigest(record?.secretHash ?? Buffer.alloc(digest.length), digest);
  if (record === null || !matches || record.revoked || record.orphaned) return null;
  const { credentialId, shortId, anchorBranchId, projectId, organizationId, scopes } = record;
  return {
    caller: { credentialId, shortId, anchorBranchId, projectId, organizationId, scopes },
    expiresAt: record.expiresAt,
  };
}
