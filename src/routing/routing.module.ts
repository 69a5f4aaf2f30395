import { Module } from '@nestjs/common';
import { CircuitsService } from './circuits.service.js';
import { RouteRepository } from './route.repository.js';
import { RoutingService } from './routing.service.js';

@Module({ providers: [CircuitsService, RouteRepository, RoutingService], exports: [CircuitsService, RoutingService] })
export class RoutingModule {}
