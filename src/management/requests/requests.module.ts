import { Module } from '@nestjs/common';
import { MeteringModule } from '../../metering/metering.module.js';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { BranchLogsController } from './branch-logs.controller.js';
import { BranchLogsService } from './branch-logs.service.js';
import { OutcomesRepository } from './outcomes.repository.js';
import { OutcomesService } from './outcomes.service.js';
import { RequestsController } from './requests.controller.js';
import { RequestsRepository } from './requests.repository.js';
import { RequestsService } from './requests.service.js';

/** What became of single requests. */
@Module({
  imports: [ControlPlaneModule, MeteringModule],
  controllers: [RequestsController, BranchLogsController],
  providers: [BranchLogsService, OutcomesRepository, OutcomesService, RequestsRepository, RequestsService],
})
export class RequestsModule {}
