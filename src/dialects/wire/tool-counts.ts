import { asObject, type JsonObject } from '../../json/value.js';
import { TOOL_CLASSES, type ToolClass } from '../counted-classes.js';
import type { ToolCounts } from '../token-counts.js';

type ToolDialect = keyof (typeof TOOL_CLASSES)[number]['usage'];
/** As a wire says them, unchecked. */
type SaidTools = Partial<Record<ToolClass, unknown>>;

/** What a dialect's usage object says of the provider's own tools. */
export function saidTools(dialect: ToolDialect, usage: JsonObject): SaidTools {
  const said: SaidTools = {};
  for (const { name, usage: places } of TOOL_CLASSES) {
    const paths: readonly string[] = places[dialect];
    for (const path of paths) said[name] ??= valueAt(usage, path);
  }
  return said;
}

/** The counts that are counts, and not zero. Whether they can be true is for who charges to say. */
export function readToolCounts(said: Readonly<SaidTools>): ToolCounts {
  const counts: Partial<Record<ToolClass, number>> = {};
  for (const [name, value] of Object.entries(said) as [ToolClass, unknown][]) {
    if (Number.isSafeInteger(value) && (value as number) > 0) counts[name] = value as number;
  }
  return counts;
}

/** Where a dialect's usage object says what tools used: each path as its keys. */
export function toolPaths(dialect: ToolDialect): readonly (readonly string[])[] {
  return TOOL_CLASSES.flatMap(({ usage }): readonly string[] => usage[dialect]).map(path => path.split('.'));
}

function valueAt(usage: JsonObject, path: string): unknown {
  let value: unknown = usage;
  for (const key of path.split('.')) value = asObject(value)?.[key];
  return value;
}
