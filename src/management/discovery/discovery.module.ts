import { Module } from '@nestjs/common';
import { IdentityModule } from '../../identity/identity.module.js';
import { BranchesModule } from '../branches/branches.module.js';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { DiscoveryController } from './discovery.controller.js';
import { DiscoveryService } from './discovery.service.js';

/** Where the gateway answers for a branch, and the stubs that published clients look for on their way there. */
@Module({
  imports: [ControlPlaneModule, BranchesModule, ProjectsModule, IdentityModule],
  controllers: [DiscoveryController],
  providers: [DiscoveryService],
})
export class DiscoveryModule {}
