import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Operator } from '../../identity/identity.types.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { AppliedConfiguration, Configuration, ConfigurationChange } from './configuration.dto.js';
import { ConfigurationRepository } from './configuration.repository.js';
import { ConfiguredLimitsService } from './configured-limits.service.js';
import { ConfiguredModelsService } from './configured-models.service.js';
import { ConfiguredUpstreamsService } from './configured-upstreams.service.js';

const VERSION_DIGITS = 32;

/** Carries what a dry run found out of the transaction that it undoes. */
class Undone extends Error {
  constructor(readonly changes: ConfigurationChange[]) {
    super('this was a dry run');
  }
}

/** The whole of catalog, upstreams, routes and limits as one document (decision 16). */
@Injectable()
export class ConfigurationService {
  constructor(
    private readonly repository: ConfigurationRepository,
    private readonly models: ConfiguredModelsService,
    private readonly upstreams: ConfiguredUpstreamsService,
    private readonly limits: ConfiguredLimitsService,
  ) {}

  async show(operator: Operator): Promise<{ document: Configuration; version: string }> {
    const document = {
      models: await this.models.list(),
      upstreams: await this.upstreams.list(),
      limits: await this.limits.list(operator),
    };
    return { document, version: versionOf(document) };
  }

  /**
   * All of it, or nothing. A dry run does the same and takes it back, so that it finds every fault that the deed would.
   * @param expected the version that the document was made of; null for any
   * @throws {GatewayError} precondition_failed for another version; every refusal of the single requests, with the place
   */
  async apply(
    operator: Operator,
    document: Configuration,
    { dryRun, expected }: { dryRun: boolean; expected: string | null },
  ): Promise<AppliedConfiguration> {
    const run = async () => {
      if (expected !== null && (await this.show(operator)).version !== expected) {
        throw new GatewayError('precondition_failed');
      }
      const changes = [
        ...(document.models === undefined ? [] : await this.models.apply(document.models)),
        ...(document.upstreams === undefined ? [] : await this.upstreams.apply(document.upstreams)),
        ...(document.limits === undefined ? [] : await this.limits.apply(operator, document.limits)),
      ];
      if (dryRun) throw new Undone(changes);
      return changes;
    };
    const changes = await this.repository.alone(run).catch((error: unknown) => {
      if (error instanceof Undone) return error.changes;
      throw error;
    });
    return { dry_run: dryRun, changes, version: (await this.show(operator)).version };
  }
}

function versionOf(document: object): string {
  return createHash('sha256').update(JSON.stringify(document)).digest('hex').slice(0, VERSION_DIGITS);
}
