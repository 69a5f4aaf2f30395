import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { PutLimitBody } from '../limits/limits.module.js';
import { AddModelBody } from '../models/models.module.js';
import { AddUpstreamBody } from '../upstreams/upstreams.module.js';
import { NestedList, Optional, Pattern } from '../control-plane/requests/fields.js';
import { Audited } from '../control-plane/audit-trail/audited-field.js';

const MAX_MODELS = 2_000;
const MAX_UPSTREAMS = 1_000;
const MAX_LIMITS = 20_000;

export class ConfiguredUpstream extends AddUpstreamBody {
  @ApiPropertyOptional({
    example: 'BOUGH_SECRET_OPENAI',
    description: 'the variable of the gateway’s environment that holds the secret, in the secret’s place',
  })
  @Optional()
  @Pattern(/^BOUGH_SECRET_[A-Z0-9_]{1,100}$/, 'must be the name of a variable that begins with BOUGH_SECRET_')
  secret_env?: string;
}

/** A section that is left out is left alone. */
export class Configuration {
  @ApiPropertyOptional({
    type: () => [AddModelBody],
    description: 'added or changed by their ids; what a row leaves out stays, and models that are not named stay',
  })
  @Optional()
  @NestedList(() => AddModelBody, MAX_MODELS)
  models?: AddModelBody[];

  @ApiPropertyOptional({
    type: () => [ConfiguredUpstream],
    description: 'all upstreams there shall be, by their names, each with all its routes; others are deleted',
  })
  @Optional()
  @NestedList(() => ConfiguredUpstream, MAX_UPSTREAMS)
  upstreams?: ConfiguredUpstream[];

  @ApiPropertyOptional({
    type: () => [PutLimitBody],
    description:
      'all limits there shall be in the own organization, by scope, kind and model; others are deleted, but not those that ' +
      'branches got when they were made',
  })
  @Optional()
  @NestedList(() => PutLimitBody, MAX_LIMITS)
  limits?: PutLimitBody[];
}

export const CHANGE_ACTIONS = ['create', 'update', 'delete'] as const;
export const CONFIGURED_KINDS = ['model', 'upstream', 'route', 'limit'] as const;

export class ConfigurationChange {
  @Audited()
  @ApiProperty({ enum: CHANGE_ACTIONS })
  action!: (typeof CHANGE_ACTIONS)[number];

  @Audited()
  @ApiProperty({ enum: CONFIGURED_KINDS })
  kind!: (typeof CONFIGURED_KINDS)[number];

  @Audited()
  @ApiProperty({ example: 'openai-eu', description: 'what the document knows it by' })
  id!: string;

  @Audited()
  @ApiProperty({ type: [String], example: ['enabled'], description: 'which fields become others; never their values' })
  fields!: string[];
}

export class AppliedConfiguration {
  @Audited()
  @ApiProperty({ description: 'whether this is only what would have been done' })
  dry_run!: boolean;

  @Audited()
  @ApiProperty({ type: () => [ConfigurationChange], description: 'in the order in which they are made' })
  changes!: ConfigurationChange[];

  @Audited()
  @ApiProperty({ example: 'f3a1c6…', description: 'of the configuration as it is now, for If-Match' })
  version!: string;
}
