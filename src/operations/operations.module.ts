import { Module } from '@nestjs/common';
import { DatabaseProbe } from './database-probe.repository.js';
import { OperationsController } from './operations.controller.js';

@Module({ controllers: [OperationsController], providers: [DatabaseProbe] })
export class OperationsModule {}
