import type { Loss, NeutralRequest } from '../../dialects/neutral/neutral.types.js';
import type { ErrorCode } from '../../errors/error-table.js';

/** What comes back of a worker thread: data only. */
export type TaskResult =
  | {
      readonly ok: true;
      readonly body: Uint8Array<ArrayBuffer>;
      readonly losses: readonly Loss[];
      /** of a request, for the translation of its answer */
      readonly outline: NeutralRequest | null;
    }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly publicMessage: string;
      readonly internal: string | undefined;
      readonly param: string | undefined;
    };
