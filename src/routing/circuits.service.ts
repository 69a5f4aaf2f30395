import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../platform/clock.js';
import { Log } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';
import { Circuit, type CircuitCause, type CircuitFailure, type CircuitState, SKIPPED } from './circuit.js';
import type { Target, Upstream } from './target.types.js';

/** A request to a target, as far as the target's circuit goes. */
export interface Passage {
  readonly target: Target;
  /** monotonic milliseconds */
  readonly startedAt: number;
  /** null where none is kept for the target */
  circuit: Circuit | null;
  ticket: number;
}

/** A circuit that is not closed, for operators. Times are milliseconds since 1970 UTC. */
export interface OpenCircuit {
  /** what the upstream calls the model */
  readonly model: string;
  readonly state: Exclude<CircuitState, 'closed'>;
  readonly since: number;
  /** from when on one request may try it */
  readonly retryAt: number;
  readonly cause: CircuitCause;
}

const LEVELS: Readonly<Record<CircuitState, number>> = { closed: 0, half_open: 1, open: 2 };

/**
 * A circuit for each upstream and model, in this process alone. An upstream that is changed is another object
 * (`RoutingService`) and begins closed; what is known of one that is gone is forgotten with it.
 */
@Injectable()
export class CircuitsService {
  private readonly circuits = new Map<Upstream, Map<string, Circuit>>();
  private readonly rules: AppConfig['circuit'];

  constructor(
    config: AppConfig,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly log: Log,
  ) {
    this.rules = config.circuit;
  }

  /**
   * Circuits are kept for these and for no others.
   * @param always for any model: upstreams of the environment, of which the catalog says what they are asked
   * @param routed what routes lead to
   */
  keep(always: readonly Upstream[], routed: readonly Target[]): void {
    if (this.rules.failureShare === 0) return;
    const models = new Map<Upstream, Set<string> | null>(always.map(upstream => [upstream, null]));
    for (const { upstream, model } of routed) {
      const known = models.get(upstream);
      if (known === undefined) models.set(upstream, new Set([model]));
      else known?.add(model);
    }
    for (const [upstream, circuits] of this.circuits) {
      const kept = models.get(upstream);
      for (const model of circuits.keys()) {
        if (kept === null || kept?.has(model) === true) continue;
        circuits.delete(model);
        this.metrics.circuitState.remove({ upstream: upstream.name, model });
      }
      if (kept === undefined) this.circuits.delete(upstream);
    }
    for (const upstream of models.keys()) {
      if (!this.circuits.has(upstream)) this.circuits.set(upstream, new Map());
    }
  }

  /**
   * Whether the target is to be asked now; then the passage is to be ended by one of the methods below.
   * @param insists nothing else is left: it is asked, open or not
   */
  admits(passage: Passage, insists = false): boolean {
    const circuit = this.find(passage.target);
    passage.circuit = circuit;
    if (circuit === null) return true;
    const { state } = circuit;
    passage.ticket = insists ? circuit.insist() : circuit.enter(passage.startedAt);
    if (circuit.state !== state) this.showState(passage.target, circuit);
    return passage.ticket !== SKIPPED;
  }

  /** For a question of another kind than the circuit is about: it goes by it, and tells it nothing. */
  isClosed(target: Target): boolean {
    return (this.find(target)?.state ?? 'closed') === 'closed';
  }

  succeeded(passage: Passage): void {
    const { circuit, ticket, startedAt, target } = passage;
    if (circuit === null) return;
    const wasClosed = circuit.state === 'closed';
    // The usual case needs no clock.
    circuit.succeeded(ticket, startedAt, wasClosed ? startedAt : this.clock.monotonicMs());
    if (!wasClosed && circuit.state === 'closed' && this.isKept(target, circuit)) this.tellClosed(target, circuit);
  }

  /** @param code of the failure, for the log */
  failed(passage: Passage, failure: CircuitFailure, code: string): void {
    const { circuit, ticket, startedAt } = passage;
    const before = circuit?.state;
    circuit?.failed(ticket, failure, startedAt, this.clock.monotonicMs());
    this.tellIfOpen(passage, before, code);
  }

  released({ circuit, ticket }: Passage): void {
    circuit?.released(ticket);
  }

  /** The answer that had succeeded was a failure for all its status. */
  takenBack(passage: Passage, failure: CircuitFailure, code: string): void {
    const { circuit, ticket, startedAt } = passage;
    const before = circuit?.state;
    circuit?.takenBack(ticket, failure, startedAt, this.clock.monotonicMs());
    this.tellIfOpen(passage, before, code);
  }

  /** Those of a stored upstream that are not closed. */
  notClosed(upstreamId: string): OpenCircuit[] {
    const toWall = this.clock.now() - this.clock.monotonicMs();
    const found: OpenCircuit[] = [];
    for (const [upstream, circuits] of this.circuits) {
      if (upstream.id !== upstreamId) continue;
      for (const [model, { state, since, until, cause }] of circuits) {
        if (state === 'closed') continue;
        found.push({ model, state, since: Math.floor(since + toWall), retryAt: Math.floor(until + toWall), cause });
      }
    }
    return found;
  }

  /** The sandbox fails because its caller says so, and one that routing does not know any more is nobody's. */
  private find({ upstream, model }: Target): Circuit | null {
    const circuits = this.circuits.get(upstream);
    if (circuits === undefined) return null;
    const known = circuits.get(model);
    if (known !== undefined) return known;
    const circuit = new Circuit(this.rules);
    circuits.set(model, circuit);
    this.showState({ upstream, model }, circuit);
    return circuit;
  }

  private isKept({ upstream, model }: Target, circuit: Circuit): boolean {
    return this.circuits.get(upstream)?.get(model) === circuit;
  }

  private tellIfOpen({ circuit, target }: Passage, before: CircuitState | undefined, code: string): void {
    if (circuit?.state !== 'open' || before === 'open' || !this.isKept(target, circuit)) return;
    this.showState(target, circuit);
    this.log.warn('an upstream that keeps failing is skipped for a while', {
      upstream: target.upstream.name,
      model: target.model,
      why: circuit.cause,
      code,
      seconds: Math.round(circuit.until - this.clock.monotonicMs()) / 1_000,
    });
  }

  private tellClosed(target: Target, circuit: Circuit): void {
    this.showState(target, circuit);
    const { upstream, model } = target;
    this.log.info('an upstream that was skipped answers again', { upstream: upstream.name, model });
  }

  private showState({ upstream, model }: Target, { state }: Circuit): void {
    this.metrics.circuitState.set({ upstream: upstream.name, model }, LEVELS[state]);
  }
}
