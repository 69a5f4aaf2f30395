import type { Placed, Turn } from './neutral.types.js';

/** The path of a turn, for losses and refusals: the caller's, where there is one. */
export function turnPath(turn: Turn, index: number): string {
  return turn.at ?? `messages[${index}]`;
}

/** That of a part of it. @param path the turn's */
export function partPath(part: Placed, index: number, turn: Placed, path: string): string {
  return part.at ?? (turn.at === undefined ? `${path}.content[${index}]` : path);
}

/** That of what stands in the result of a tool. @param path the result's */
export function innerPath(item: Placed, index: number, result: Placed, path: string): string {
  return item.at ?? (result.at === undefined ? `${path}.content[${index}]` : path);
}

export function toolPath(tool: Placed, index: number): string {
  return tool.at ?? `tools[${index}]`;
}
