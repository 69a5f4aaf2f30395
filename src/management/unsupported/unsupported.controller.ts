import { Controller, Delete, Get, Patch, Post, Put, Req } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request } from 'express';
import { GatewayError } from '../../errors/gateway-error.js';
import { Access } from '../../identity/access.js';
import type { GatewayExpressAdapter } from '../../platform/http/express.adapter.js';
import { findUnsupported } from './unsupported-paths.js';

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
