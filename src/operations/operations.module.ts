import { Module } from '@nestjs/common';
import { ClockWatch } from './clock-watch.service.js';
import { DatabaseProbe } from './database-probe.repository.js';
import { MetricsReport } from './metrics-report.service.js';
import { OperationsController } from './operations.controller.js';

@Module({ controllers: [OperationsController], providers: [ClockWatch, DatabaseProbe, MetricsReport] })
export class OperationsModule {}
