import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { Access } from '../../identity/access.js';
import type { Operator } from '../../identity/identity.types.js';
import { AdminApi, AdminFailures } from '../control-plane/control-plane.decorator.js';
import { ObjectIdPipe } from '../control-plane/requests/request.pipe.js';
import { CurrentOperator } from '../control-plane/access/management.guard.js';
import { Block, BlockList, ChangeBlockBody, ListBlocksQuery, SetBlockBody } from './block.dto.js';
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
  @ApiOperation({ summary: 'Lists the blocks that hold now, or those of the past' })
  @ApiOkResponse({ type: BlockList })
  @AdminFailures(400)
  list(@CurrentOperator() operator: Operator, @Query() query: ListBlocksQuery): Promise<BlockList> {
    return this.blocks.list(operator, query);
  }

  @Get(':block_id')
  @ApiOperation({ summary: 'Shows a block, also one that is over' })
  @ApiOkResponse({ type: Block })
  @AdminFailures(404)
  get(@CurrentOperator() operator: Operator, @Param('block_id', ObjectIdPipe) id: string): Promise<Block> {
    return this.blocks.get(operator, id);
  }

  @Patch(':block_id')
  @ApiOperation({ summary: 'Changes when a block ends, or its reason' })
  @ApiOkResponse({ type: Block })
  @AdminFailures(400, 404, 409)
  change(
    @CurrentOperator() operator: Operator,
    @Param('block_id', ObjectIdPipe) id: string,
    @Body() body: ChangeBlockBody,
  ): Promise<Block> {
    return this.blocks.change(operator, id, body);
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
