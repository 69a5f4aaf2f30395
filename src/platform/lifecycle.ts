import { Injectable } from '@nestjs/common';

/** Whether the process takes new work: not before it is ready, not once it has been told to stop. */
@Injectable()
export class Lifecycle {
  private state: 'starting' | 'ready' | 'draining' = 'starting';

  get ready(): boolean {
    return this.state === 'ready';
  }

  get draining(): boolean {
    return this.state === 'draining';
  }

  markReady(): void {
    if (this.state === 'starting') this.state = 'ready';
  }

  beginDrain(): void {
    this.state = 'draining';
  }
}
