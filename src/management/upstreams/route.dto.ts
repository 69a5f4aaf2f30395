import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Optional, Text, WholeNumber } from '../control-plane/requests/fields.js';
import { Page, PageQuery } from '../control-plane/page.js';
import { Audited } from '../control-plane/audit-trail/audited-field.js';

const MAX_PRIORITY = 1_000_000;
const MAX_WEIGHT = 1_000_000;

/** A route of an upstream that is being made. */
export class NewRoute {
  @ApiProperty({ example: 'gpt-5-mini', description: 'an id of the catalog' })
  @Text(1, 100)
  model!: string;

  @ApiPropertyOptional({
    description:
      'what the upstream calls the model; where none is given, `databricks-<model>` for databricks, else the catalog’s ' +
      '`provider_model_id`, else the id. Bedrock’s must be given',
  })
  @Optional()
  @Text(1, 200)
  upstream_model?: string;

  @ApiPropertyOptional({ default: 100, description: 'lower is tried first' })
  @Optional()
  @WholeNumber(0, MAX_PRIORITY)
  priority?: number;

  @ApiPropertyOptional({ default: 1, description: 'share among routes of the same priority' })
  @Optional()
  @WholeNumber(1, MAX_WEIGHT)
  weight?: number;
}

export class AddRouteBody extends NewRoute {
  @ApiProperty({ example: 'up_0123456789abcdefghij' })
  @Text(1, 200)
  upstream_id!: string;
}

export class ChangeRouteBody {
  @ApiPropertyOptional({ example: 'gpt-5-mini-2025-08-07', description: 'what the upstream calls the model' })
  @Optional()
  @Text(1, 200)
  upstream_model?: string;

  @ApiPropertyOptional({ example: 50, description: 'lower is tried first' })
  @Optional()
  @WholeNumber(0, MAX_PRIORITY)
  priority?: number;

  @ApiPropertyOptional({ example: 3, description: 'share among routes of the same priority' })
  @Optional()
  @WholeNumber(1, MAX_WEIGHT)
  weight?: number;
}

export class ListRoutesQuery extends PageQuery {
  @ApiPropertyOptional({ example: 'gpt-5-mini', description: 'an id of the catalog' })
  @Optional()
  @Text(1, 100)
  model?: string;

  @ApiPropertyOptional({ example: 'up_0123456789abcdefghij', description: 'a stored upstream' })
  @Optional()
  @Text(1, 200)
  upstream_id?: string;
}

export class Route {
  @Audited()
  @ApiProperty()
  id!: string;

  @Audited()
  @ApiProperty()
  model!: string;

  @Audited()
  @ApiProperty()
  upstream_id!: string;

  @Audited()
  @ApiProperty()
  upstream_model!: string;

  @Audited()
  @ApiProperty()
  priority!: number;

  @Audited()
  @ApiProperty()
  weight!: number;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export class RouteList extends Page {
  @ApiProperty({ type: () => [Route] })
  routes!: Route[];
}
