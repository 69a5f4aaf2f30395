import type { CursorForm } from '../control-plane/page.js';
import { readInstant } from '../control-plane/requests/instant.js';
import { isObjectId } from '../control-plane/requests/request.pipe.js';
import type { RequestPosition, StoredRecord } from './requests.repository.js';

const LIST = 'requests';

/** A place in a list of requests by their time. */
export const CURSORS: CursorForm<StoredRecord, RequestPosition> = {
  encode: ({ occurredAt, requestId }) =>
    Buffer.from(JSON.stringify([LIST, occurredAt.toISOString(), requestId])).toString('base64url'),
  decode: cursor => {
    try {
      const [list, time, requestId] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
      const occurredAt = readInstant(time);
      return list === LIST && occurredAt !== null && isObjectId(requestId) ? { occurredAt, requestId } : null;
    } catch {
      return null;
    }
  },
};
