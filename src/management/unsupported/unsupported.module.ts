import { Module } from '@nestjs/common';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { UnsupportedController } from './unsupported.controller.js';

/** What of the published API is not here. Last of all modules: it takes the paths that the others leave. */
@Module({
  imports: [ControlPlaneModule],
  controllers: [UnsupportedController],
})
export class UnsupportedModule {}
