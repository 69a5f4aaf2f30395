import { Module } from '@nestjs/common';
import { ObjectViewsService } from '../control-plane/audit-trail/audited-object.js';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { BlockRepository } from './block.repository.js';
import { BlocksController } from './blocks.controller.js';
import { BlocksService } from './blocks.service.js';

export { Block } from './block.dto.js';
export type { BlockRecord } from './block.repository.js';
export { viewBlock } from './blocks.service.js';

/** Manual stops of accounts, projects, branches and credentials. */
@Module({
  imports: [ControlPlaneModule],
  controllers: [BlocksController],
  providers: [BlockRepository, BlocksService],
})
export class BlocksModule {
  constructor(views: ObjectViewsService, blocks: BlocksService) {
    views.register('block', { byId: ({ operator, id }) => blocks.get(operator, id) });
  }
}
