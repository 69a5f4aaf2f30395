import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { literally, OLDEST_FIRST, type PagePosition, rowsSince } from '../control-plane/page.js';

export interface UpstreamColumns {
  readonly name: string;
  readonly baseUrl: string;
  readonly encryptedSecret: Uint8Array<ArrayBuffer>;
  readonly clientId: string | null;
  /** separated by commas */
  readonly betaFlags: string | null;
  readonly enabled: boolean;
}

export interface NewUpstream extends UpstreamColumns {
  readonly id: string;
  readonly kind: string;
}

export interface NewRoute {
  readonly id: string;
  readonly modelId: string;
  readonly upstreamId: string;
  readonly upstreamModel: string;
  readonly priority: number;
  readonly weight: number;
}

export type RouteColumns = Partial<Pick<NewRoute, 'upstreamModel' | 'priority' | 'weight'>>;

export interface RouteRecord extends NewRoute {
  readonly createdAt: Date;
}

export interface UpstreamRecord extends NewUpstream {
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly routes: readonly RouteRecord[];
}

export interface UpstreamFilter {
  readonly kind?: string;
  readonly enabled?: boolean;
  /** only those with a route for it */
  readonly modelId?: string;
  readonly search?: string;
}

export interface RouteFilter {
  readonly modelId?: string;
  readonly upstreamId?: string;
}

const ROUTES = { orderBy: [{ modelId: 'asc' as const }, { priority: 'asc' as const }, { id: 'asc' as const }] };

/** Upstreams and their routes, as operators change them. */
@Injectable()
export class UpstreamRepository {
  constructor(private readonly prisma: PrismaService) {}

  async list(filter: UpstreamFilter, after: PagePosition | null, limit: number): Promise<UpstreamRecord[]> {
    const { kind, enabled, modelId, search } = filter;
    return this.prisma.upstream.findMany({
      where: {
        ...{ kind, enabled },
        ...(modelId === undefined ? {} : { routes: { some: { modelId } } }),
        ...(search === undefined ? {} : { name: { contains: literally(search), mode: 'insensitive' } }),
        AND: [rowsSince(after)],
      },
      include: { routes: ROUTES },
      orderBy: OLDEST_FIRST,
      take: limit,
    });
  }

  async find(id: string): Promise<UpstreamRecord | null> {
    return this.prisma.upstream.findUnique({ where: { id }, include: { routes: ROUTES } });
  }

  async add(upstream: NewUpstream, routes: readonly NewRoute[]): Promise<UpstreamRecord> {
    const data = routes.map(({ id, modelId, upstreamModel, priority, weight }) => {
      return { id, modelId, upstreamModel, priority, weight };
    });
    return this.prisma.upstream.create({
      data: { ...upstream, routes: { createMany: { data } } },
      include: { routes: ROUTES },
    });
  }

  /** Null when it is gone, or was changed since `known` was read: what was checked no longer holds. */
  async change(known: UpstreamRecord, columns: Partial<UpstreamColumns>): Promise<UpstreamRecord | null> {
    const where = { id: known.id, updatedAt: known.updatedAt };
    const { count } = await this.prisma.upstream.updateMany({ where, data: columns });
    return count === 0 ? null : this.find(known.id);
  }

  /** With its routes. False when there is none. */
  async delete(id: string): Promise<boolean> {
    return (await this.prisma.upstream.deleteMany({ where: { id } })).count > 0;
  }

  async listRoutes(filter: RouteFilter, after: PagePosition | null, limit: number): Promise<RouteRecord[]> {
    const { modelId, upstreamId } = filter;
    const where = { modelId, upstreamId, AND: [rowsSince(after)] };
    return this.prisma.route.findMany({ where, orderBy: OLDEST_FIRST, take: limit });
  }

  async findRoute(id: string): Promise<RouteRecord | null> {
    return this.prisma.route.findUnique({ where: { id } });
  }

  async addRoute(route: NewRoute): Promise<RouteRecord> {
    return this.prisma.route.create({ data: route });
  }

  /** Null when there is none. */
  async changeRoute(id: string, columns: RouteColumns): Promise<RouteRecord | null> {
    const { count } = await this.prisma.route.updateMany({ where: { id }, data: columns });
    return count === 0 ? null : this.findRoute(id);
  }

  /** False when there is none. */
  async deleteRoute(id: string): Promise<boolean> {
    return (await this.prisma.route.deleteMany({ where: { id } })).count > 0;
  }
}
