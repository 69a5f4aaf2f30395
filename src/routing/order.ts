/** Where a target stands among the others of its model. */
export interface Weighted {
  /** the lowest is tried first */
  readonly priority: number;
  /** of its priority, the part of requests that try it first: a whole number above zero */
  readonly weight: number;
}

/**
 * The targets in the order to try: by priority, and within a priority drawn by weight, so that the others remain as
 * fallbacks.
 * @param below gives a whole number from 0 up to its argument, and less than that; all of them equally often
 */
export function inOrder<Target extends Weighted>(
  targets: readonly Target[],
  below: (limit: number) => number,
): Target[] {
  if (targets.length < 2) return [...targets];
  const rest = [...targets];
  const ordered: Target[] = [];
  while (rest.length > 0) {
    const best = Math.min(...rest.map(target => target.priority));
    const drawn = draw(
      rest.filter(target => target.priority === best),
      below,
    );
    ordered.push(drawn);
    rest.splice(rest.indexOf(drawn), 1);
  }
  return ordered;
}

function draw<Target extends Weighted>(peers: readonly Target[], below: (limit: number) => number): Target {
  let ticket = below(peers.reduce((sum, peer) => sum + peer.weight, 0));
  const drawn = peers.find(peer => (ticket -= peer.weight) < 0) ?? peers[0];
  if (drawn === undefined) throw new Error('nothing to draw from');
  return drawn;
}
