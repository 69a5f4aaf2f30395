import { createHash } from 'node:crypto';

/** The longest name of an end user that OpenAI takes (`safety_identifier`, `user`), and Anthropic (`metadata.user_id`), in characters. */
export const OPENAI_USER_CHARS = 64;
export const ANTHROPIC_USER_CHARS = 256;

/**
 * An end user's id as a vendor with a bound of its own takes it. One that is too long becomes its SHA-256 in hex (64
 * characters): the vendor only tells users apart by it, and the same user stays the same.
 */
export function endUserId(id: string, maxChars: number): string {
  return id.length <= maxChars ? id : createHash('sha256').update(id).digest('hex');
}
