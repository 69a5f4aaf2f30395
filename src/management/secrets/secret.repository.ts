import { Injectable } from '@nestjs/common';
import { Prisma } from '../../generated/prisma/client.js';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { DEMO_CONTEXTS, DEMO_SETTING, MASTER_KEY_CHECK } from '../../platform/encrypted-settings.js';
import { credentialContext } from '../credentials/credentials.module.js';
import { lineageKeyContext } from '../lineage-sources/lineage-sources.module.js';
import { contextOf as answerContext } from '../control-plane/idempotency/idempotency.service.js';
import { upstreamSecretContext } from '../upstreams/upstreams.module.js';

export const SECRET_KINDS = ['upstream', 'lineage_source', 'credential', 'kept_answer', 'setting'] as const;
export type SecretKind = (typeof SECRET_KINDS)[number];

/** One encrypted secret, and what binds it to its place. */
export interface EncryptedSecret {
  readonly id: string;
  readonly context: string;
  readonly encrypted: Uint8Array;
}

interface Place {
  readonly table: Prisma.Sql;
  readonly column: Prisma.Sql;
  readonly id: Prisma.Sql;
  contextOf: (id: string) => string;
}

/** Where encrypted bytes stand. The names are ours; nothing of a request becomes SQL. */
const PLACES: Record<Exclude<SecretKind, 'setting'>, Place> = {
  upstream: {
    ...{ table: Prisma.sql`upstreams`, column: Prisma.sql`sealed_secret`, id: Prisma.sql`id` },
    contextOf: upstreamSecretContext,
  },
  lineage_source: {
    ...{ table: Prisma.sql`lineage_sources`, column: Prisma.sql`sealed_key`, id: Prisma.sql`id` },
    contextOf: lineageKeyContext,
  },
  credential: {
    ...{ table: Prisma.sql`credentials`, column: Prisma.sql`sealed_secrets`, id: Prisma.sql`id` },
    contextOf: credentialContext,
  },
  kept_answer: {
    ...{ table: Prisma.sql`idempotency_keys`, column: Prisma.sql`sealed_answer` },
    id: Prisma.sql`jsonb_build_array(actor_id, key)::text`,
    contextOf: id => {
      const [actorId, key] = JSON.parse(id) as [string, string];
      return answerContext({ actorId, key });
    },
  },
};

/** Every secret that the master key encrypts, whatever it belongs to. */
@Injectable()
export class SecretRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** In the order of their ids, those behind `after`. */
  async list(kind: SecretKind, after: string, limit: number): Promise<EncryptedSecret[]> {
    if (kind === 'setting') return after === '' ? this.settings() : [];
    const { table, column, id, contextOf } = PLACES[kind];
    const rows = await this.prisma.$queryRaw<{ id: string; encrypted: Uint8Array }[]>`
      SELECT ${id} AS id, ${column} AS encrypted FROM ${table}
      WHERE ${column} IS NOT NULL AND ${id} COLLATE "C" > ${after} ORDER BY ${id} COLLATE "C" LIMIT ${limit}`;
    return rows.map(row => ({ ...row, context: contextOf(row.id) }));
  }

  /** False when it was changed meanwhile. */
  async replace(kind: SecretKind, { id, encrypted }: EncryptedSecret, by: Uint8Array<ArrayBuffer>): Promise<boolean> {
    if (kind === 'setting') return this.replaceSetting(id, encrypted, by);
    const { table, column, id: idOf } = PLACES[kind];
    const changed = await this.prisma.$executeRaw`
      UPDATE ${table} SET ${column} = ${by} WHERE ${idOf} = ${id} AND ${column} = ${new Uint8Array(encrypted)}`;
    return changed > 0;
  }

  private async settings(): Promise<EncryptedSecret[]> {
    const rows = await this.prisma.setting.findMany({ where: { key: { in: [MASTER_KEY_CHECK, DEMO_SETTING] } } });
    return rows.flatMap(({ key, value }) => {
      if (typeof value === 'string') return [secretOf(key, MASTER_KEY_CHECK, value)];
      const texts = value as Record<string, string>;
      return Object.entries(DEMO_CONTEXTS).map(([field, context]) =>
        secretOf(`${key}.${field}`, context, texts[field] ?? ''),
      );
    });
  }

  private async replaceSetting(id: string, encrypted: Uint8Array, by: Uint8Array): Promise<boolean> {
    const [key = '', field] = id.split('.');
    const [former, next] = [encrypted, by].map(bytes => Buffer.from(bytes).toString('base64'));
    const changed =
      field === undefined
        ? await this.prisma.$executeRaw`
            UPDATE settings SET value = to_jsonb(${next}::text) WHERE key = ${key} AND value = to_jsonb(${former}::text)`
        : await this.prisma.$executeRaw`
            UPDATE settings SET value = jsonb_set(value, ARRAY[${field}], to_jsonb(${next}::text))
            WHERE key = ${key} AND value->>${field} = ${former}`;
    return changed > 0;
  }
}

function secretOf(id: string, context: string, text: string): EncryptedSecret {
  return { id, context, encrypted: new Uint8Array(Buffer.from(text, 'base64')) };
}
