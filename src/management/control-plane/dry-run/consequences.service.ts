import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../../config/app-config.js';
import { Clock } from '../../../platform/clock.js';
import { environmentUpstreams } from '../../../routing/environment-upstreams.js';
import { ConsequencesRepository, type UsedPart } from './consequences.repository.js';
import type { DryRun } from './dry-run.js';

const DAY_MS = 86_400_000;

/** What the end of an object would mean for traffic. */
@Injectable()
export class ConsequencesService {
  constructor(
    private readonly repository: ConsequencesRepository,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  async ofUpstream({ id, name, routes }: { id: string; name: string; routes: readonly unknown[] }): Promise<DryRun> {
    const [left, requests] = await Promise.all([
      this.modelsLeft({ upstreamId: id }),
      this.repository.countServed({ upstream: name }, this.since()),
    ]);
    const figures = { models_left_without_a_route: left, routes: routes.length, requests_last_24h: requests };
    return { ...wouldDelete('upstream', id), ...figures };
  }

  async ofRoute(id: string, served: { upstream: string; modelId: string; upstreamModel: string }): Promise<DryRun> {
    const [left, requests] = await Promise.all([
      this.modelsLeft({ routeId: id }),
      this.repository.countServed(served, this.since()),
    ]);
    return { ...wouldDelete('route', id), models_left_without_a_route: left, requests_last_24h: requests };
  }

  async ofProject(organizationId: string, id: string): Promise<DryRun> {
    const [parts, requests] = await Promise.all([
      this.repository.countProjectParts(id, this.now()),
      this.requests({ organizationId, projectId: id }),
    ]);
    const { branches, credentials, managementKeys } = parts;
    const figures = { branches, credentials, management_keys: managementKeys, requests_last_24h: requests };
    return { ...wouldDelete('project', id), ...figures };
  }

  /** The tree stays: nothing of it is cut off. */
  async ofLineageSource(organizationId: string, { id, projectId }: { id: string; projectId: string }): Promise<DryRun> {
    const { management_keys: _, ...figures } = await this.ofProject(organizationId, projectId);
    return { ...figures, ...wouldDelete('lineage_source', id) };
  }

  async ofBranch(organizationId: string, id: string): Promise<DryRun> {
    const [credentials, requests] = await Promise.all([
      this.repository.countCredentials(id, this.now()),
      this.requests({ organizationId, branchId: id }),
    ]);
    return { ...wouldDelete('branch', id), credentials, requests_last_24h: requests };
  }

  async ofCredential(organizationId: string, id: string): Promise<DryRun> {
    const requests = await this.requests({ organizationId, credentialId: id });
    return { ...wouldDelete('credential', id), requests_last_24h: requests };
  }

  /** Whatever the environment names goes on serving; the sandbox serves everything, and is no answer to a customer. */
  private async modelsLeft(going: { upstreamId: string } | { routeId: string }): Promise<string[]> {
    const environment = environmentUpstreams(this.config.providers);
    const models = await this.repository.listServedOnlyBy(going);
    const left = models.filter(({ dialects, ...model }) => {
      const named = { ...model, nativeDialects: new Set<string>(dialects) };
      return environment.every(({ nameOf }) => nameOf(named) === null);
    });
    return left.map(({ id }) => id);
  }

  private requests(part: UsedPart): Promise<number> {
    return this.repository.countRequests(part, this.since());
  }

  private since(): Date {
    return new Date(this.clock.now() - DAY_MS);
  }

  private now(): Date {
    return new Date(this.clock.now());
  }
}

export function wouldDelete(kind: string, id: string): DryRun {
  return { dry_run: true, would_delete: { kind, id } };
}
