import { Module } from '@nestjs/common';
import { BranchesModule } from '../branches/branches.module.js';
import { ObjectViewsService } from '../control-plane/audit-trail/audited-object.js';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { CredentialSecretsService } from './credential-secrets.service.js';
import { IssuedCredentialRepository } from './credential.repository.js';
import { CredentialsController } from './credentials.controller.js';
import { CredentialsService } from './credentials.service.js';

export { CredentialSecretsService, credentialContext } from './credential-secrets.service.js';

/** Gateway tokens, anchored on branches. */
@Module({
  imports: [ControlPlaneModule, BranchesModule],
  controllers: [CredentialsController],
  providers: [CredentialSecretsService, IssuedCredentialRepository, CredentialsService],
  exports: [CredentialSecretsService],
})
export class CredentialsModule {
  constructor(views: ObjectViewsService, credentials: CredentialsService) {
    views.register('credential', {
      byId: async ({ operator, params, id }) => {
        const list = await credentials.list(operator, String(params['project_id']), String(params['branch_id']));
        return list.credentials.find(credential => credential.token_id === id);
      },
    });
  }
}
