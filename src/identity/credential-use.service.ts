import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { describeCause, Log } from '../platform/logging.js';
import { CredentialRepository } from './credential.repository.js';

const WRITE_MS = 60_000;
const MAX_NOTED = 50_000;

/** Remembers when credentials were used, and writes it once a minute for all of them: a request writes nothing. */
@Injectable()
export class CredentialUseService implements OnModuleInit, OnModuleDestroy {
  private used = new Map<string, number>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly repository: CredentialRepository,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.write(), WRITE_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    await this.write();
  }

  note(credentialId: string): void {
    if (this.used.size < MAX_NOTED || this.used.has(credentialId)) this.used.set(credentialId, this.clock.now());
  }

  /** Never rejects. What could not be written is written the next time, unless it was used again since. */
  async write(): Promise<void> {
    const { used } = this;
    if (used.size === 0) return;
    this.used = new Map();
    try {
      await this.repository.setLastUsed(used);
    } catch (error) {
      for (const [id, time] of used) if (!this.used.has(id)) this.used.set(id, time);
      this.log.warn('when credentials were used could not be written yet', { cause: describeCause(error) });
    }
  }
}
