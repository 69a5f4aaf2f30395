import { Module } from '@nestjs/common';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { OperationRepository } from './operation.repository.js';
import { OperationsController } from './operations.controller.js';
import { OperationsService } from './operations.service.js';

export { Operation } from './operation.dto.js';
export { type OperationAction, type OperationRecord, OperationRepository } from './operation.repository.js';
export { viewOperation } from './operations.service.js';

/** What was done to the trees of projects. */
@Module({
  imports: [ControlPlaneModule],
  controllers: [OperationsController],
  providers: [OperationRepository, OperationsService],
  exports: [OperationRepository],
})
export class OperationsModule {}
