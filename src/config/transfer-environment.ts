import { Int } from './environment-rules.js';
import { ProviderEnvironment } from './provider-environment.js';

const DAY_MS = 86_400_000;

/** The variables of bodies and time: how much may come and be counted, how much is kept, how long anything may take. */
export class TransferEnvironment extends ProviderEnvironment {
  @Int(1024, 1_073_741_824)
  BOUGH_MAX_BODY_BYTES: number = 33_554_432;

  @Int(1_048_576, 68_719_476_736)
  BOUGH_MAX_ANSWER_BYTES: number = 268_435_456;

  @Int(1024, 68_719_476_736)
  BOUGH_BODY_BUDGET_BYTES: number = 536_870_912;

  @Int(1, 100)
  BOUGH_BODY_BUDGET_CREDENTIAL_PERCENT: number = 50;

  @Int(1, 100)
  BOUGH_BODY_BUDGET_ORGANIZATION_PERCENT: number = 75;

  @Int(0, 1_000_000_000)
  BOUGH_BODY_MIN_BYTES_PER_SECOND: number = 1_024;

  @Int(1, DAY_MS)
  BOUGH_BODY_GRACE_MS: number = 10_000;

  @Int(1, DAY_MS)
  BOUGH_BODY_TIMEOUT_MS: number = 120_000;

  @Int(0, 1_000_000_000)
  BOUGH_CREDENTIAL_COUNTS_PER_MINUTE: number = 600;

  @Int(1, DAY_MS)
  BOUGH_TRANSLATION_WAIT_MS: number = 30_000;

  @Int(1, DAY_MS)
  BOUGH_CONNECT_TIMEOUT_MS: number = 5_000;

  @Int(1, DAY_MS)
  BOUGH_FIRST_BYTE_TIMEOUT_MS: number = 120_000;

  @Int(0, 100)
  BOUGH_CIRCUIT_FAILURE_PERCENT: number = 50;

  @Int(1, 300_000)
  BOUGH_CIRCUIT_OPEN_MS: number = 5_000;

  @Int(1, DAY_MS)
  BOUGH_IDLE_TIMEOUT_MS: number = 90_000;

  @Int(1, DAY_MS)
  BOUGH_TOTAL_TIMEOUT_MS: number = 3_600_000;

  @Int(1, DAY_MS)
  BOUGH_WRITE_STALL_TIMEOUT_MS: number = 60_000;

  @Int(1, DAY_MS)
  BOUGH_KEEP_ALIVE_COMMENT_MS: number = 15_000;

  @Int(0, DAY_MS)
  BOUGH_DRAIN_MS: number = 30_000;

  @Int(0, 60_000)
  BOUGH_DISCONNECT_DRAIN_MS: number = 750;
}
