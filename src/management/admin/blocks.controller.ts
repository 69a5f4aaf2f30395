import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { AdminApi, AdminFailures } from '../control-plane.decorator.js';
import { ObjectIdPipe } from '../object-id.pipe.js';
import { CurrentOperator } from '../operator.decorator.js';
import { Block, BlockList, ListBlocksQuery, SetBlockBody } from './block.dto.js';
import { BlocksService } from './blocks.service.js';

@AdminApi()
@Controller('admin/blocks')
@Access('admin')
export class BlocksController {
  constructor(private readonly blocks: BlocksService) {}

  @Post()
  @ApiOperation({ summary: 'Stops an account, project, branch or credential' })
  @ApiCreatedResponse({ type: Block })
  @AdminFailures(400, 404)
  set(@CurrentOperator() operator: Operator, @Body() body: SetBlockBody): Promise<Block> {
    return this.blocks.set(operator, body);
  }

  @Get()
  @ApiOperation({ summary: 'Lists the blocks that hold now' })
  @ApiOkResponse({ type: BlockList })
  @AdminFailures(400)
  async list(@CurrentOperator() operator: Operator, @Query() query: ListBlocksQuery): Promise<BlockList> {
    return { blocks: await this.blocks.list(operator, query) };
  }

  @Delete(':block_id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Lifts a block' })
  @ApiNoContentResponse({ description: 'it is lifted, now or before' })
  @AdminFailures(404)
  lift(@CurrentOperator() operator: Operator, @Param('block_id', ObjectIdPipe) id: string): Promise<void> {
    return this.blocks.lift(operator, id);
  }
}
