import { Module } from '@nestjs/common';
import { BranchesModule } from '../branches/branches.module.js';
import { ObjectViewsService } from '../control-plane/audit-trail/audited-object.js';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { LineageCopyService } from './lineage-copy.service.js';
import { LineageSourceRepository } from './lineage-source.repository.js';
import { LineageSourcesController } from './lineage-sources.controller.js';
import { LineageSourcesService } from './lineage-sources.service.js';
import { LineageSyncService } from './lineage-sync.service.js';
import { SourceReader } from './source-reader.js';

export { lineageKeyContext } from './lineage-sync.service.js';

/** Trees that follow a project elsewhere. */
@Module({
  imports: [ControlPlaneModule, BranchesModule],
  controllers: [LineageSourcesController],
  providers: [LineageCopyService, LineageSourceRepository, LineageSourcesService, LineageSyncService, SourceReader],
})
export class LineageSourcesModule {
  constructor(views: ObjectViewsService, sources: LineageSourcesService) {
    views.register('lineage_source', { byId: ({ operator, id }) => sources.get(operator, id) });
  }
}
