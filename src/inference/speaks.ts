import { Reflector } from '@nestjs/core';
import type { WireDialect } from './wire-dialect.js';

/** The dialect of an inference controller. */
export const Speaks = Reflector.createDecorator<WireDialect>();
