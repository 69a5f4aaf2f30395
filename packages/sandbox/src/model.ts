import { RequestRefusal } from './request-refusal.js';

/** A model the sandbox plays. Token counts; null where the catalog knows none. */
export interface SandboxModel {
  id: string;
  provider: string;
  maxOutputTokens: number | null;
  contextLength: number | null;
  /** The dialects it is served in, by the gateway's names; every one where absent. */
  dialects?: ReadonlySet<string>;
}

/**
 * The model, if it is served in that dialect. Throws `RequestRefusal`: 404 for an unknown model, and `unserved` for one
 * that only other dialects have.
 */
export function getModel(
  id: string,
  dialect: string,
  findModel: (id: string) => SandboxModel | null,
  unserved: 400 | 404 = 404,
): SandboxModel {
  const model = findModel(id);
  if (model === null) {
    const message = `The model '${id.slice(0, 128)}' does not exist or you do not have access to it.`;
    throw new RequestRefusal(404, message, { param: 'model', code: 'model_not_found' });
  }
  if (model.dialects === undefined || model.dialects.has(dialect)) return model;
  const message = `The model '${id.slice(0, 128)}' is not served at this endpoint.`;
  throw new RequestRefusal(unserved, message, { param: 'model', code: 'model_not_supported' });
}
