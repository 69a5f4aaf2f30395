import { TOKEN_CLASSES } from '../dialects/counted-classes.js';
import { DESCRIPTORS } from '../dialects/descriptors.js';
import type { CatalogModel } from './catalog.types.js';
import { dollarsPerToken } from './price-list.js';

/**
 * A model as `GET /v1/models` shows it: OpenRouter's shape (docs/contract.md section 11), prices in dollars a token.
 * @param open whether the caller may call it where it is enabled
 */
export function modelCard(model: CatalogModel, open: boolean): object {
  return {
    id: model.id,
    canonical_slug: model.id,
    name: model.name,
    object: 'model',
    owned_by: model.ownedBy,
    created: 0,
    enabled: model.enabled && open,
    ...(model.status === 'retired' ? { deprecated: true } : {}),
    context_length: model.contextLength,
    architecture: {
      modality: `${model.inputModalities.join('+')}->${model.outputModalities.join('+')}`,
      input_modalities: model.inputModalities,
      output_modalities: model.outputModalities,
      tokenizer: model.tokenizerLabel,
      instruct_type: null,
    },
    top_provider: {
      is_moderated: false,
      context_length: model.contextLength,
      max_completion_tokens: model.maxOutputTokens,
    },
    pricing: pricing(model),
    per_request_limits: null,
    supported_endpoints: [...model.callableDialects].map(dialect => DESCRIPTORS[dialect].paths.card),
  };
}

/** The base tier. Null where the maker published no price, because "0" would say that the model is free. */
function pricing({ prices }: CatalogModel): object | null {
  if (!prices.published) return null;
  return Object.fromEntries(
    TOKEN_CLASSES.flatMap(({ name, card }) => (card === null ? [] : [[card, dollarsPerToken(prices[name])]])),
  );
}
