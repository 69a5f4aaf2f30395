import { Reflector } from '@nestjs/core';
import type { DialectDescriptor } from '../dialects/descriptor.js';

/** The dialect of an inference controller. */
export const Speaks = Reflector.createDecorator<DialectDescriptor>();
