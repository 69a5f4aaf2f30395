import { Injectable } from '@nestjs/common';
import { PrismaService } from '../platform/prisma/prisma.service.js';

export interface StoredUpstream {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly baseUrl: string;
  readonly encryptedSecret: Uint8Array;
  readonly clientId: string | null;
  readonly betaFlags: string | null;
  readonly updatedAt: Date;
}

export interface StoredRoute {
  readonly modelId: string;
  readonly upstreamId: string;
  readonly upstreamModel: string;
  readonly priority: number;
  readonly weight: number;
}

@Injectable()
export class RouteRepository {
  constructor(private readonly prisma: PrismaService) {}

  async listEnabledUpstreams(): Promise<StoredUpstream[]> {
    return this.prisma.upstream.findMany({
      where: { enabled: true },
      select: {
        id: true,
        name: true,
        kind: true,
        baseUrl: true,
        encryptedSecret: true,
        clientId: true,
        betaFlags: true,
        updatedAt: true,
      },
    });
  }

  async listRoutes(): Promise<StoredRoute[]> {
    return this.prisma.route.findMany({
      select: { modelId: true, upstreamId: true, upstreamModel: true, priority: true, weight: true },
      orderBy: [{ priority: 'asc' }, { id: 'asc' }],
    });
  }
}
