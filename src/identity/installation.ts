import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';

/** Facts of this installation that start-up finds out: which branch a host without a branch in its name means. */
@Injectable()
export class Installation {
  private seededDefault: string | null = null;

  constructor(private readonly config: AppConfig) {}

  get defaultBranchId(): string | null {
    return this.config.defaultBranchId ?? this.seededDefault;
  }

  /** Development's demo project names its main branch here; configuration wins over it. */
  useDefaultBranch(branchId: string): void {
    this.seededDefault = branchId;
  }
}
