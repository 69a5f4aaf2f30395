import { Controller, Delete, Get, Patch, Post, Put, Req } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request } from 'express';
import { GatewayError } from '../../errors/gateway-error.js';
import { Access } from '../../identity/access.js';
import type { GatewayExpressAdapter } from '../../platform/http/express.adapter.js';

/**
 * What the published API has besides and Bough does not, by the first parts of its paths; `*` stands for an id. Whatever
 * lies below is meant too, and whatever method.
 */
const UNSUPPORTED = `
api_keys
consumption_history
organizations/*/api_keys
organizations/*/billing
organizations/*/invitations
organizations/*/members
organizations/*/projects
organizations/*/vpc
users/me/projects
projects/auth
projects/*/advisors
projects/*/auth
projects/*/available_preload_libraries
projects/*/branch_anonymized
projects/*/endpoints
projects/*/jwks
projects/*/members
projects/*/permissions
projects/*/snapshots
projects/*/transfer_requests
projects/*/vpc_endpoints
projects/*/branches/*/anonymize
projects/*/branches/*/anonymized_status
projects/*/branches/*/auth
projects/*/branches/*/backup_schedule
projects/*/branches/*/buckets
projects/*/branches/*/compare_schema
projects/*/branches/*/custom-domains
projects/*/branches/*/data-api
projects/*/branches/*/databases
projects/*/branches/*/endpoints
projects/*/branches/*/finalize_restore
projects/*/branches/*/functions
projects/*/branches/*/masking_rules
projects/*/branches/*/roles
projects/*/branches/*/schema
projects/*/branches/*/snapshot
projects/*/branches/*/storage
projects/*/branches/*/triggers`;

const FAMILIES = UNSUPPORTED.trim()
  .split('\n')
  .map(line => line.split('/'));

/** What of the published API a path below `/api/v2/` asks for in vain; null for a path that is not published. */
export function findUnsupported(path: string): string | null {
  const parts = path.split('/');
  const family = FAMILIES.find(known => known.every((part, index) => part === '*' || part === parts[index]));
  return family?.at(-1) ?? null;
}

const PREFIX = '/api/v2/';
const REST = '*path';

/** The rest of API v2: says of what is published that it is not here, so that nobody looks for a typing error. */
@ApiExcludeController()
@Controller('api/v2')
@Access('management')
export class UnsupportedController {
  constructor(private readonly host: HttpAdapterHost) {}

  @Get(REST)
  get(@Req() request: Request): never {
    return this.refuse(request);
  }

  @Post(REST)
  post(@Req() request: Request): never {
    return this.refuse(request);
  }

  @Put(REST)
  put(@Req() request: Request): never {
    return this.refuse(request);
  }

  @Patch(REST)
  patch(@Req() request: Request): never {
    return this.refuse(request);
  }

  @Delete(REST)
  delete(@Req() request: Request): never {
    return this.refuse(request);
  }

  /** The word `available` is what published clients look for. */
  private refuse({ path }: Request): never {
    const feature = findUnsupported(path.slice(PREFIX.length));
    if (feature === null) throw this.adapter().otherMethod(path) ?? new GatewayError('route_not_found');
    const publicMessage = `not supported by Bough: "${feature}" is not available here`;
    throw new GatewayError('not_supported', { publicMessage });
  }

  private adapter(): GatewayExpressAdapter {
    return this.host.httpAdapter as GatewayExpressAdapter;
  }
}
