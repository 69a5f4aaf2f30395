import { Injectable } from '@nestjs/common';
import type { Operator } from '../../identity/identity.types.js';
import { type Limit, LimitsService, type PutLimitBody, readLimitValue } from '../limits/limits.module.js';
import type { ConfigurationChange } from './configuration.dto.js';
import { ConfigurationRepository } from './configuration.repository.js';
import { at, everyRow, refuseTwins } from './places.js';

const PAGE = 1_000;

@Injectable()
export class ConfiguredLimitsService {
  constructor(
    private readonly limits: LimitsService,
    private readonly repository: ConfigurationRepository,
  ) {}

  async list(operator: Operator): Promise<PutLimitBody[]> {
    return (await this.known(operator)).map(({ scope_type, scope_id, model, kind, value, usd, hard }) => {
      const scope = { scope_type, scope_id } as Pick<PutLimitBody, 'scope_type' | 'scope_id'>;
      const of = { ...scope, ...(model === undefined ? {} : { model }), kind: kind as PutLimitBody['kind'] };
      const amount = usd === undefined ? (value === undefined ? {} : { value }) : { usd };
      return { ...of, ...amount, ...(hard === true ? { hard } : {}) };
    });
  }

  async apply(operator: Operator, wanted: readonly PutLimitBody[]): Promise<ConfigurationChange[]> {
    refuseTwins('limits', wanted.map(nameOf));
    const known = new Map((await this.known(operator)).map(limit => [nameOf(limit), limit]));
    const changes: ConfigurationChange[] = [];
    const names = new Set(wanted.map(nameOf));
    for (const [name, { id }] of known) {
      if (names.has(name)) continue;
      await this.limits.delete(operator, id);
      changes.push({ action: 'delete', kind: 'limit', id: name, fields: [] });
    }
    for (const [index, body] of wanted.entries()) {
      const name = nameOf(body);
      const change = await at(`limits.${index}`, () => this.write(operator, body, known.get(name)));
      if (change !== null) changes.push({ ...change, kind: 'limit', id: name });
    }
    return changes;
  }

  private async write(
    operator: Operator,
    body: PutLimitBody,
    known: Limit | undefined,
  ): Promise<Pick<ConfigurationChange, 'action' | 'fields'> | null> {
    const amount = body.usd === undefined ? 'value' : 'usd';
    const fields = [
      ...(known !== undefined && readLimitValue(known) === readLimitValue(body) ? [] : [amount]),
      ...((known?.hard ?? false) === (body.hard ?? false) ? [] : ['hard']),
    ];
    if (fields.length === 0) return null;
    await this.limits.put(operator, body);
    return { action: known === undefined ? 'create' : 'update', fields };
  }

  /** What somebody set; what branches were born with follows their project's defaults. */
  private async known(operator: Operator): Promise<Limit[]> {
    const rows = await everyRow(async cursor => {
      const { limits, pagination } = await this.limits.list(operator, {
        limit: PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { rows: limits, cursor: pagination?.cursor };
    });
    const born = await this.repository.bornLimits();
    return rows.filter(({ id }) => !born.has(id));
  }
}

function nameOf({ scope_type, scope_id, kind, model }: PutLimitBody | Limit): string {
  return [scope_type, scope_id, kind, ...(model === undefined ? [] : [model])].join(' ');
}
