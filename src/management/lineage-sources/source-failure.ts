/** Why a lineage source gave no tree, as a sentence for its operator. It never holds the key or what the source said. */
export class SourceFailure extends Error {
  override readonly name = 'SourceFailure';
}
