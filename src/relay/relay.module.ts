import { Module } from '@nestjs/common';
import { ActiveStreams } from './active-streams.js';

@Module({ providers: [ActiveStreams], exports: [ActiveStreams] })
export class RelayModule {}
