import { Module } from '@nestjs/common';
import { ObjectViewsService } from '../control-plane/audit-trail/audited-object.js';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { AccountController } from './account.controller.js';
import { AccountService } from './account.service.js';
import { OrganizationRepository } from './organization.repository.js';
import { OrganizationsController } from './organizations.controller.js';
import { OrganizationsService } from './organizations.service.js';

export { OrganizationRepository } from './organization.repository.js';

/** Whose the projects are, as administrators and as published clients see it. */
@Module({
  imports: [ControlPlaneModule],
  controllers: [AccountController, OrganizationsController],
  providers: [AccountService, OrganizationRepository, OrganizationsService],
  exports: [OrganizationRepository],
})
export class OrganizationsModule {
  constructor(views: ObjectViewsService, organizations: OrganizationsService) {
    views.register('organization', {
      byId: ({ id, operator: { home } }) => (home ? organizations.get(id) : Promise.resolve(undefined)),
    });
  }
}
