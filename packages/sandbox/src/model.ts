import { asText } from './json.js';
import { RequestRefusal } from './wire/request-refusal.js';

/** A model the sandbox plays. */
export interface SandboxModel {
  id: string;
  /** Tokens; null where the catalog knows none. */
  maxOutputTokens: number | null;
  /** The dialects it is served in, by the gateway's names; every one where absent. */
  dialects?: ReadonlySet<string>;
}

/**
 * The model, if it is served in that dialect. Throws `RequestRefusal`: 400 for no name at all, 404 for an unknown model,
 * and `unserved` for one that only other dialects have.
 */
export function getModel(
  id: unknown,
  dialect: string,
  findModel: (id: string) => SandboxModel | null,
  unserved: 400 | 404 = 404,
): SandboxModel {
  const name = asText(id);
  if (name === '') {
    const message = 'You must provide a model parameter.';
    throw new RequestRefusal(400, message, { param: 'model', code: 'missing_required_parameter' });
  }
  const model = findModel(name);
  if (model === null) {
    const message = `The model '${name.slice(0, 128)}' does not exist or you do not have access to it.`;
    throw new RequestRefusal(404, message, { param: 'model', code: 'model_not_found' });
  }
  if (model.dialects === undefined || model.dialects.has(dialect)) return model;
  const message = `The model '${name.slice(0, 128)}' is not served at this endpoint.`;
  throw new RequestRefusal(unserved, message, { param: 'model', code: 'model_not_supported' });
}
