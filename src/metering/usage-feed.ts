import { Injectable } from '@nestjs/common';
import { type Observable, Subject } from 'rxjs';
import type { UsageRecord } from './usage-record.js';

/** Settled records as they happen on this replica, for those who watch. Nothing is kept for those who do not. */
@Injectable()
export class UsageFeed {
  private readonly subject = new Subject<UsageRecord>();
  readonly settled: Observable<UsageRecord> = this.subject.asObservable();

  announce(record: UsageRecord): void {
    this.subject.next(record);
  }
}
