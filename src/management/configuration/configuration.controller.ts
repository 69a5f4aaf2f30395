import { Body, Controller, Get, Headers, Put, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  getSchemaPath,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { stringify } from 'yaml';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { BodyOf, DOCUMENT } from '../control-plane/requests/body.guard.js';
import { AdminApi, AdminFailures } from '../control-plane/control-plane.decorator.js';
import { HonoursDryRun, IsDryRun } from '../control-plane/dry-run/dry-run.js';
import { CurrentOperator } from '../control-plane/access/management.guard.js';
import { AppliedConfiguration, Configuration } from './configuration.dto.js';
import { ConfigurationService } from './configuration.service.js';

const YAML = 'application/yaml';
const EXAMPLE = {
  upstreams: [
    {
      ...{ name: 'openai-eu', kind: 'openai-compatible', base_url: 'https://api.example.com/v1', secret: 'sk-example' },
      routes: [],
    },
  ],
};

@AdminApi()
@Controller('admin/config')
@Access('installation-admin')
export class ConfigurationController {
  constructor(private readonly configuration: ConfigurationService) {}

  @Get()
  @ApiOperation({
    operationId: 'getConfiguration',
    summary: 'Shows catalog, upstreams, routes and limits as one document, without secrets',
  })
  @ApiExtraModels(Configuration)
  @ApiOkResponse({
    description: 'as JSON, or as YAML with `Accept: application/yaml`; the ETag is its version',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(Configuration) } },
      [YAML]: { schema: { type: 'string' } },
    },
  })
  async show(
    @CurrentOperator() operator: Operator,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Configuration | string> {
    const { document, version } = await this.configuration.show(operator);
    response.setHeader('etag', `"${version}"`);
    response.setHeader('vary', 'accept');
    if (accept === undefined || !/\byaml\b/.test(accept)) return document;
    response.setHeader('content-type', `${YAML}; charset=utf-8`);
    return stringify(document);
  }

  @Put()
  @BodyOf(DOCUMENT)
  @HonoursDryRun(true)
  @ApiOperation({
    operationId: 'putConfiguration',
    summary: 'Makes catalog, upstreams, routes and limits what a document says: all of it, or nothing',
  })
  @ApiBody({ type: Configuration, examples: { upstreams: { value: EXAMPLE } } })
  @ApiHeader({
    name: 'if-match',
    required: false,
    description: 'the ETag of the version that the document was made of',
  })
  @ApiQuery({
    name: 'dry_run',
    required: false,
    type: Boolean,
    description: 'changes nothing, and says what would be changed or refused',
  })
  @ApiOkResponse({ type: AppliedConfiguration })
  @AdminFailures(400, 404, 409, 412)
  apply(
    @CurrentOperator() operator: Operator,
    @Body() document: Configuration,
    @IsDryRun() dryRun: boolean,
    @Headers('if-match') match: string | undefined,
  ): Promise<AppliedConfiguration> {
    const expected = match === undefined || match === '*' ? null : match.replaceAll(/^(W\/)?"|"$/g, '');
    return this.configuration.apply(operator, document, { dryRun, expected });
  }
}
