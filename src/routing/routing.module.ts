import { Module } from '@nestjs/common';
import { RouteRepository } from './route.repository.js';
import { RoutingService } from './routing.service.js';

@Module({ providers: [RouteRepository, RoutingService], exports: [RoutingService] })
export class RoutingModule {}
