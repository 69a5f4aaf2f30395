import { Module } from '@nestjs/common';
import { ConnectionPools } from './connection-pools.js';
import { UpstreamService } from './upstream.service.js';

@Module({ providers: [ConnectionPools, UpstreamService], exports: [UpstreamService] })
export class UpstreamModule {}
