import { Module } from '@nestjs/common';
import { BranchesModule } from '../branches/branches.module.js';
import { ObjectViewsService } from '../control-plane/audit-trail/audited-object.js';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { ProjectRepository } from './project.repository.js';
import { ProjectsController } from './projects.controller.js';
import { ProjectsService } from './projects.service.js';

export { ProjectsService } from './projects.service.js';

/** Projects, as published clients know them. */
@Module({
  imports: [ControlPlaneModule, BranchesModule],
  controllers: [ProjectsController],
  providers: [ProjectRepository, ProjectsService],
  exports: [ProjectsService],
})
export class ProjectsModule {
  constructor(views: ObjectViewsService, projects: ProjectsService) {
    views.register('project', { byId: async ({ operator, id }) => projects.view(await projects.get(operator, id)) });
  }
}
