import { Injectable } from '@nestjs/common';
@Injectable()
export class ManagementGuard {
  canActivate(): boolean {
    return true;
  }
}
