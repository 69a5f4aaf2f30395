import { Controller, Head, HttpCode } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Access } from '../identity/access.js';

/** What Anthropic's agents ask before they begin, without a credential: whether somebody is there. */
@ApiExcludeController()
@Controller()
@Access('public')
export class HelloController {
  @Head(['anthropic', 'anthropic/api/hello', 'ai-gateway/anthropic', 'ai-gateway/anthropic/api/hello'])
  @HttpCode(200)
  hello(): void {}
}
