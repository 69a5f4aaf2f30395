import type { Codec } from './neutral/codec.js';
import type { NeutralRequest } from './neutral/neutral.types.js';
import { withObjectOutput } from './object-output.js';
import { withToldTools } from './told-tools.js';

/**
 * A target's codec for one request and its answers: what the target is told in another form (names of tools, custom tools, an
 * answer that is no object) comes back as the caller knows it.
 */
export function forRequest(codec: Codec, request: NeutralRequest): Codec {
  return withObjectOutput(withToldTools(codec, request), request);
}
