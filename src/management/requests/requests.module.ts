import { Module } from '@nestjs/common';
import { MeteringModule } from '../../metering/metering.module.js';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { RequestsController } from './requests.controller.js';
import { RequestsRepository } from './requests.repository.js';
import { RequestsService } from './requests.service.js';

/** What became of single requests. */
@Module({
  imports: [ControlPlaneModule, MeteringModule],
  controllers: [RequestsController],
  providers: [RequestsRepository, RequestsService],
})
export class RequestsModule {}
