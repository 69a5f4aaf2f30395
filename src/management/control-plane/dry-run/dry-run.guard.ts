import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { isChanging } from '../access/entrance.js';
import { invalidField } from '../refusals.js';
import { type DryRunRequest, HonoursDryRun } from './dry-run.decorator.js';

/** Whoever asks for a dry run gets one or a refusal, never the change itself. */
@Injectable()
export class DryRunGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<DryRunRequest>();
    const { dry_run: wanted } = request.query;
    if (wanted === undefined || !isChanging(request.method)) return true;
    if (this.reflector.get(HonoursDryRun, context.getHandler()) !== true) {
      throw invalidField('dry_run', 'is not available for this request: remove it');
    }
    if (wanted !== 'true' && wanted !== 'false') throw invalidField('dry_run', 'must be true or false');
    request.dryRun = wanted === 'true';
    return true;
  }
}
