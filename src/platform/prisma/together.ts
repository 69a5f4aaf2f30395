import { AsyncLocalStorage } from 'node:async_hooks';
import type { Prisma } from '../../generated/prisma/client.js';
import type { PrismaService } from './prisma.service.js';

interface Together {
  readonly client: Prisma.TransactionClient;
  /** what is to be told when the transaction is committed, once by each name */
  readonly afterwards: Map<string, () => Promise<void>>;
}

const running = new AsyncLocalStorage<Together>();
const TIMEOUT_MS = 60_000;
const MAX_WAIT_MS = 10_000;

/**
 * What every repository does within `work` is one transaction, whichever transactions they open themselves: all of it holds
 * or, when `work` throws, none. Notices are given when it holds.
 */
export async function together<Result>(prisma: PrismaService, work: () => Promise<Result>): Promise<Result> {
  const afterwards = new Map<string, () => Promise<void>>();
  const result = await prisma.$transaction(client => running.run({ client, afterwards }, work), {
    timeout: TIMEOUT_MS,
    maxWait: MAX_WAIT_MS,
  });
  for (const tell of afterwards.values()) await tell();
  return result;
}

/** Keeps a notice back until the transaction around it holds. False where there is none: then it is due now. */
export function afterCommit(name: string, tell: () => Promise<void>): boolean {
  const around = running.getStore();
  around?.afterwards.set(name, tell);
  return around !== undefined;
}

/** The service as it is, but within `together` a part of that transaction. */
export function joining(prisma: PrismaService): PrismaService {
  return new Proxy(prisma, {
    get(target, property, receiver) {
      const around = running.getStore();
      if (around === undefined) return Reflect.get(target, property, receiver) as unknown;
      if (property === '$transaction') {
        return (work: (client: Prisma.TransactionClient) => Promise<unknown>) => work(around.client);
      }
      return Reflect.get(around.client, property) as unknown;
    },
  });
}
