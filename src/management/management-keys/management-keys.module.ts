import { Module } from '@nestjs/common';
import { ObjectViewsService } from '../control-plane/audit-trail/audited-object.js';
import { ControlPlaneModule } from '../control-plane/control-plane.module.js';
import { IssuedKeyRepository } from './management-key.repository.js';
import { ManagementKeysController } from './management-keys.controller.js';
import { ManagementKeysService } from './management-keys.service.js';

export { IssuedManagementKey } from './management-key.dto.js';
export type { KeyRecord, NewKey } from './management-key.repository.js';
export { viewKey } from './management-keys.service.js';

/** Keys of the control plane itself. */
@Module({
  imports: [ControlPlaneModule],
  controllers: [ManagementKeysController],
  providers: [IssuedKeyRepository, ManagementKeysService],
})
export class ManagementKeysModule {
  constructor(views: ObjectViewsService, keys: ManagementKeysService) {
    views.register('management_key', { byId: ({ operator, id }) => keys.get(operator, id) });
  }
}
