import type { CatalogModel } from './catalog.types.js';

/** Another name of a model. */
export interface ModelAlias {
  readonly alias: string;
  readonly modelId: string;
}

/** A version number with its dots: `gpt-5-4-mini` is `gpt-5.4-mini` elsewhere, `claude-sonnet-4-6` is `claude-sonnet-4.6`. */
const VERSION = /(?<=-)(\d)-(\d{1,2})(?=-|$)/;
/** What makers write behind an id to name one release of a model: its day, or how far it is. */
const RELEASE = /(?:[-@]20\d{6}|-20\d\d-\d\d-\d\d|-latest|-preview(?:-\d\d-(?:20)?\d\d)?(?:-customtools)?)$/;

/**
 * The ids that other gateways and the makers themselves write for the catalog's models: with dots in the version, and with
 * the maker's name before it.
 */
export function commonAliases(models: readonly CatalogModel[]): ModelAlias[] {
  return models.flatMap(model => {
    const plain = new Set([
      model.id,
      model.id.replace(VERSION, '$1.$2'),
      ...(model.providerModelId === null ? [] : [model.providerModelId]),
    ]);
    const named = [...plain].map(id => `${model.provider}/${id}`);
    return [...plain, ...named].filter(alias => alias !== model.id).map(alias => ({ alias, modelId: model.id }));
  });
}

/** The id without the name of a release at its end, `-20260101`, `-preview`; null where there is none. */
export function withoutRelease(id: string): string | null {
  const begin = id.search(RELEASE);
  return begin <= 0 ? null : id.slice(0, begin);
}
