import { Injectable } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';

type Interrupt = (error: GatewayError) => void;

/** The streams that run now, and other answers whose callers have left, so that the end of a drain can tell each of them. */
@Injectable()
export class ActiveStreams {
  private readonly streams = new Set<Interrupt>();

  get count(): number {
    return this.streams.size;
  }

  add(interrupt: Interrupt): void {
    this.streams.add(interrupt);
  }

  delete(interrupt: Interrupt): void {
    this.streams.delete(interrupt);
  }

  /** Ends every running stream with its dialect's error event. */
  interruptAll(): void {
    for (const interrupt of [...this.streams]) interrupt(new GatewayError('gateway_draining'));
  }
}
