import type { CatalogModel } from '../catalog/catalog.types.js';
import { type ChatDialect, type Dialect, isTranslated, TRANSLATED_DIALECTS } from '../dialects/dialect.js';
import type { Capabilities } from '../providers/kind.js';
import { kindOf, type ProviderKind } from '../providers/kinds.js';

/** What a kind of upstream can do, as far as the gateway must know before it asks one. */
export function capabilitiesOf(kind: ProviderKind): Capabilities {
  return kindOf(kind).capabilities;
}

/** Where a caller's own dialect is not spoken: those first that can say the most. */
const PLACES: Readonly<Record<ChatDialect, number>> = {
  anthropic_messages: 1,
  gemini_generate_content: 2,
  openai_responses: 3,
  chat_completions: 4,
};
const RICHEST_FIRST = TRANSLATED_DIALECTS.toSorted((one, other) => PLACES[one] - PLACES[other]);

/** The dialect in which to ask this kind of upstream on behalf of a caller; null when there is none. */
export function dialectFor(kind: ProviderKind, model: CatalogModel, caller: Dialect): Dialect | null {
  const spoken = capabilitiesOf(kind).dialects(model);
  if (spoken.has(caller)) return caller;
  if (!isTranslated(caller)) return null;
  return RICHEST_FIRST.find(dialect => spoken.has(dialect)) ?? null;
}
