import { createHash } from 'node:crypto';
import { asList, isObject, type Json, type JsonObject } from '../../json/value.js';
import type { NamespacedName, NeutralRequest, ToolNamespace } from '../neutral/neutral.types.js';

/** The items of a conversation that list tools: those that came later, and those that a search found. */
const LISTING: ReadonlySet<unknown> = new Set(['additional_tools', 'tool_search_output']);

interface ToolList {
  readonly tools: readonly Json[];
  readonly path: string;
}

/** Every list of tools in a request: its own, and those in its items. What is no list is refused elsewhere. */
export function toolLists(wire: JsonObject): ToolList[] {
  const later = asList(wire['input']).flatMap((item, index) =>
    isObject(item) && LISTING.has(item['type'])
      ? [{ tools: asList(item['tools']), path: `input[${index}].tools` }]
      : [],
  );
  return [{ tools: asList(wire['tools']), path: 'tools' }, ...later];
}

/**
 * The names of the tools of one request. A tool in a namespace (an MCP server, an agent's helpers) gets one name made of
 * both, which no other tool of the request has, for the dialects that know no namespaces.
 */
export class ToolNames {
  private readonly plain = new Set<string>();
  /** the namespaces that list a tool of this name */
  private readonly namespaces = new Map<string, Set<string>>();

  /** @param wire a request; what is wrong in it is refused elsewhere */
  constructor(wire: JsonObject) {
    for (const { tools } of toolLists(wire)) for (const tool of tools) if (isObject(tool)) this.note(tool);
  }

  /** A tool in a namespace, by one name. */
  qualified({ namespace, tool }: NamespacedName): string {
    const glue = namespace.endsWith('_') || tool.startsWith('_') ? '' : '__';
    const name = namespace + glue + tool;
    if (!this.plain.has(name)) return name;
    return `${name}_${createHash('sha256').update(`${namespace}\n${tool}`).digest('hex').slice(0, 10)}`;
  }

  /** What a call or a choice refers to. @param namespace null where it says none, which is enough where one tool has the name */
  find(tool: string, namespace: string | null): { readonly name: string; readonly namespace?: NamespacedName } {
    const listed = this.namespaces.get(tool);
    const [only] = listed?.size === 1 && !this.plain.has(tool) ? listed : [];
    const within = namespace ?? only;
    if (within === undefined || within === '') return { name: tool };
    const place = { namespace: within, tool };
    return { name: this.qualified(place), namespace: place };
  }

  /** All tools of a namespace, by their names. */
  allOf(namespace: string): string[] {
    const tools = [...this.namespaces].filter(([, listed]) => listed.has(namespace));
    return tools.map(([tool]) => this.qualified({ namespace, tool }));
  }

  private note({ type, name, tools }: JsonObject): void {
    if (typeof name !== 'string') return;
    if (type !== 'namespace') {
      this.plain.add(name);
      return;
    }
    for (const tool of asList(tools)) {
      if (!isObject(tool) || typeof tool['name'] !== 'string') continue;
      const listed = this.namespaces.get(tool['name']) ?? new Set();
      this.namespaces.set(tool['name'], listed.add(name));
    }
  }
}

/** The names in two parts that a request's tools and calls have, by the one name that others know. */
export function namespacesOf({ tools, turns }: NeutralRequest): ReadonlyMap<string, NamespacedName> {
  const names = new Map<string, NamespacedName>();
  for (const { parts } of turns) {
    for (const part of parts) {
      if (part.type === 'tool-call' && part.namespace !== undefined) names.set(part.name, part.namespace);
    }
  }
  for (const tool of tools) {
    if (tool.type !== 'vendor' && tool.namespace !== undefined) names.set(tool.name, tool.namespace);
  }
  return names;
}

/** How an item names the tool that it calls. */
export function calledName(name: string, place: NamespacedName | undefined): JsonObject {
  return place === undefined ? { name } : { name: place.tool, namespace: place.namespace };
}

/** Tools with those of a namespace in one entry, at the place of its first. */
export function groupByNamespace(
  tools: readonly { readonly wire: JsonObject; readonly namespace: ToolNamespace | undefined }[],
): JsonObject[] {
  const groups = new Map<string, JsonObject[]>();
  return tools.flatMap(({ wire, namespace }) => {
    if (namespace === undefined) return [wire];
    const { namespace: name, description, tool } = namespace;
    const entry = { ...wire, name: tool };
    const group = groups.get(name);
    if (group !== undefined) {
      group.push(entry);
      return [];
    }
    const opened = [entry];
    groups.set(name, opened);
    return [{ type: 'namespace', name, description, tools: opened }];
  });
}
