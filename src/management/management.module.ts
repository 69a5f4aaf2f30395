import { Module } from '@nestjs/common';
import { ManagementGuard } from './management.guard.js';
@Module({ providers: [ManagementGuard], exports: [ManagementGuard] })
export class ManagementModule {}
