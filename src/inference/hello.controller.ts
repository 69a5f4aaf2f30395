import { Controller, Head, HttpCode } from '@nestjs/common';
import { Access } from '../identity/access.js';
import { DescribesHello } from './described/described.decorator.js';

/** What Anthropic's agents ask before they begin, without a credential: whether somebody is there. */
@Controller()
@Access('public')
export class HelloController {
  @Head(['anthropic', 'anthropic/api/hello', 'ai-gateway/anthropic', 'ai-gateway/anthropic/api/hello'])
  @HttpCode(200)
  @DescribesHello('greetAgent', 'Tells agents of Anthropic that somebody is there')
  hello(): void {}
}
