import { asObject, type JsonObject } from '../../json/value.js';
import { TOOL_CLASSES, type ToolClass } from '../counted-classes.js';
import type { TokenCounts, ToolCounts } from '../token-counts.js';

type ToolDialect = keyof (typeof TOOL_CLASSES)[number]['usage'];
/** As a wire says them, unchecked. */
type SaidTools = Partial<Record<ToolClass, unknown>>;

/** Where each count may stand, as keys. */
const PLACES: Readonly<Record<ToolDialect, ReturnType<typeof placesOf>>> = {
  chat_completions: placesOf('chat_completions'),
  anthropic_messages: placesOf('anthropic_messages'),
  openai_responses: placesOf('openai_responses'),
};

/** What a dialect's usage object says of the provider's own tools. */
export function saidTools(dialect: ToolDialect, usage: JsonObject): SaidTools {
  const said: SaidTools = {};
  for (const { name, paths } of PLACES[dialect]) {
    for (const keys of paths) said[name] ??= valueAt(usage, keys);
  }
  return said;
}

/** The counts with those of tools: the same object where there are none, as mostly. */
export function withTools(tokens: TokenCounts, tools: ToolCounts): TokenCounts {
  return Object.keys(tools).length === 0 ? tokens : { ...tokens, ...tools };
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

function placesOf(dialect: ToolDialect) {
  return TOOL_CLASSES.map(({ name, usage }) => {
    const paths: readonly string[] = usage[dialect];
    return { name, paths: paths.map(path => path.split('.')) };
  });
}

function valueAt(usage: JsonObject, path: readonly string[]): unknown {
  let value: unknown = usage;
  for (const key of path) value = asObject(value)?.[key];
  return value;
}
