import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ChangeFeed } from './change-feed.js';
import { Clock } from './clock.js';
import { startDatabaseClock } from './database-clock.js';
import { IdSource } from './id-source.js';
import { Lifecycle } from './lifecycle.js';
import { Log } from './logging.js';
import { Metrics } from './metrics.js';
import { DatabaseLocation, PrismaService } from './prisma/prisma.service.js';
import { joining } from './prisma/together.js';
import { MasterKey, SecretBox } from './secrets.js';
import { Siblings } from './siblings/siblings.js';
import { MinuteWindowStorage } from './throttling/minute-window.storage.js';

export interface PlatformParts {
  readonly database: DatabaseLocation;
  readonly masterKey: MasterKey;
  readonly log: Log;
  /** absent where one process serves by itself */
  readonly siblings?: Siblings;
}

/** What touches the machine: database, clock, chance, secrets, log, metrics. Global, because every module stands on it. */
@Global()
@Module({})
export class PlatformModule {
  static forRoot(parts: PlatformParts): DynamicModule {
    const shared = [IdSource, SecretBox, ChangeFeed, Metrics, Lifecycle, MinuteWindowStorage];
    return {
      module: PlatformModule,
      providers: [
        { provide: DatabaseLocation, useValue: parts.database },
        { provide: MasterKey, useValue: parts.masterKey },
        { provide: Log, useValue: parts.log },
        { provide: Siblings, useValue: parts.siblings ?? Siblings.NONE },
        {
          provide: PrismaService,
          useFactory: (location: DatabaseLocation) => joining(new PrismaService(location)),
          inject: [DatabaseLocation],
        },
        {
          provide: Clock,
          useFactory: ({ url }: DatabaseLocation) => startDatabaseClock(url),
          inject: [DatabaseLocation],
        },
        ...shared,
      ],
      exports: [Clock, DatabaseLocation, Log, PrismaService, Siblings, ...shared],
    };
  }
}
