/** Whose bytes they are. */
export interface BodyOwner {
  readonly credentialId: string;
  readonly organizationId: string;
}

export interface BudgetLimits {
  /** of all bodies, and of what is made of them */
  readonly totalBytes: number;
  /** beyond so many in all no body is taken that is not small: the rest is for what is made of them */
  readonly bodyBytes: number;
  /** of the bodies of one credential */
  readonly credentialBytes: number;
  /** of the bodies of one organization */
  readonly organizationBytes: number;
  /** the part of the total that only small bodies may use; an owner may hold so much more of them */
  readonly reserveBytes: number;
  /** up to this size a body is a small one */
  readonly smallBodyBytes: number;
}

export type Scope = 'credential' | 'organization' | 'total';

interface Account {
  readonly scope: Scope;
  readonly id: string;
  readonly limit: number;
  used: number;
  holds: number;
}

/**
 * How many bytes of request bodies may be in memory at once: of a credential, of an organization, of all. It knows no time
 * and waits for nothing. A holder gives all bytes that it took back with one call.
 */
export class ByteBudget {
  private readonly total: Account;
  private readonly credentials = new Map<string, Account>();
  private readonly organizations = new Map<string, Account>();
  private readonly waiters = new Set<() => void>();

  constructor(private readonly limits: BudgetLimits) {
    this.total = newAccount('total', '', limits.bodyBytes);
  }

  get bytesInUse(): number {
    return this.total.used;
  }

  /** how many credentials and organizations hold something; the others are forgotten */
  get owners(): number {
    return this.credentials.size + this.organizations.size;
  }

  /** Opens a hold of nothing yet. Null owns what is made of somebody's body: it counts in the total alone. */
  hold(owner: BodyOwner | null): ByteHold {
    if (owner === null) return new ByteHold(this, [this.total], false);
    const { credentialBytes, organizationBytes } = this.limits;
    return new ByteHold(
      this,
      [
        enter(this.credentials, 'credential', owner.credentialId, credentialBytes),
        enter(this.organizations, 'organization', owner.organizationId, organizationBytes),
        this.total,
      ],
      true,
    );
  }

  /** Which of the accounts has no room for `bytes` more of a body that then has `size`; null where all have. */
  fullForBody(accounts: readonly Account[], bytes: number, size: number): Scope | null {
    const { smallBodyBytes, reserveBytes, totalBytes } = this.limits;
    const isSmall = size <= smallBodyBytes;
    for (const { scope, used, limit } of accounts) {
      const room = !isSmall ? limit : scope === 'total' ? totalBytes : limit + reserveBytes;
      if (used + bytes > room) return scope;
    }
    return null;
  }

  /** The same for what is made of bodies. */
  fullForWork(bytes: number): Scope | null {
    return this.total.used + bytes > this.limits.totalBytes - this.limits.reserveBytes ? 'total' : null;
  }

  /** Calls back each time something was given back, until the callback is taken away. */
  onGiven(callback: () => void): () => void {
    this.waiters.add(callback);
    return () => this.waiters.delete(callback);
  }

  given(): void {
    for (const waiter of this.waiters) waiter();
  }

  close(accounts: readonly Account[]): void {
    for (const account of accounts) {
      account.holds -= 1;
      if (account.holds > 0) continue;
      if (account.scope === 'credential') this.credentials.delete(account.id);
      else if (account.scope === 'organization') this.organizations.delete(account.id);
    }
  }
}

/** The bytes of one body. */
export class ByteHold {
  private held = 0;
  private open = true;

  constructor(
    private readonly budget: ByteBudget,
    private readonly accounts: readonly Account[],
    private readonly isBody: boolean,
  ) {
    for (const account of accounts) account.holds += 1;
  }

  get bytes(): number {
    return this.held;
  }

  /** Takes so many more, or nothing: then it says where there is no room. After the release nothing is to be had. */
  take(bytes: number): Scope | null {
    if (!this.open) return 'total';
    const { budget, accounts } = this;
    const full = this.isBody ? budget.fullForBody(accounts, bytes, this.held + bytes) : budget.fullForWork(bytes);
    if (full === null) this.add(bytes);
    return full;
  }

  /** Gives back all but so many. */
  shrinkTo(bytes: number): void {
    if (bytes >= this.held) return;
    this.add(bytes - this.held);
    this.budget.given();
  }

  /** Gives all back, whatever else happens; a second call changes nothing. */
  release(): void {
    if (!this.open) return;
    this.open = false;
    this.add(-this.held);
    this.budget.close(this.accounts);
    this.budget.given();
  }

  private add(bytes: number): void {
    this.held += bytes;
    for (const account of this.accounts) account.used += bytes;
  }
}

function newAccount(scope: Scope, id: string, limit: number): Account {
  return { scope, id, limit, used: 0, holds: 0 };
}

function enter(accounts: Map<string, Account>, scope: Scope, id: string, limit: number): Account {
  const known = accounts.get(id);
  if (known !== undefined) return known;
  const made = newAccount(scope, id, limit);
  accounts.set(id, made);
  return made;
}
