import { GatewayError } from '../../../errors/gateway-error.js';
import { StructureError, type StructureLimits } from '../../../json/structure-meter.js';
import { readYaml } from './yaml-document.js';

export interface YamlTask {
  readonly body: Uint8Array;
  readonly limits: StructureLimits;
}

/** What comes back of a worker thread: data only. */
export type YamlResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: 'invalid_json'; readonly message: string }
  | {
      readonly ok: false;
      readonly code: 'invalid_request';
      readonly message: string;
      readonly key: string | undefined;
    };

/** Reads a YAML document in a worker thread. */
export function run({ body, limits }: YamlTask): YamlResult {
  try {
    return { ok: true, value: readYaml(Buffer.from(body.buffer, body.byteOffset, body.byteLength), limits) };
  } catch (error) {
    if (error instanceof StructureError)
      return { ok: false, code: 'invalid_request', message: error.problem, key: error.key };
    if (error instanceof GatewayError && error.code === 'invalid_json')
      return { ok: false, code: 'invalid_json', message: error.publicMessage };
    throw error;
  }
}
