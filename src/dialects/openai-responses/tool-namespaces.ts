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
  /** the names of the tools in a namespace */
  private readonly listed = new Map<string, Set<string>>();
  /** the one name of a tool in a namespace, by both of them */
  private readonly names = new Map<string, string>();
  private readonly taken = new Set<string>();

  /** @param wire a request; what is wrong in it is refused elsewhere */
  constructor(wire: JsonObject) {
    for (const { tools } of toolLists(wire)) for (const tool of tools) if (isObject(tool)) this.note(tool);
    // Each gets its name in the order of the lists, whatever the conversation calls first.
    for (const [namespace, tools] of this.listed) for (const tool of tools) this.qualified({ namespace, tool });
  }

  /** A tool in a namespace, by one name. */
  qualified({ namespace, tool }: NamespacedName): string {
    const place = `${namespace}\n${tool}`;
    const known = this.names.get(place);
    if (known !== undefined) return known;
    const glue = namespace.endsWith('_') || tool.startsWith('_') ? '' : '__';
    const short = namespace + glue + tool;
    const isFree = !this.plain.has(short) && !this.taken.has(short);
    const name = isFree ? short : `${short}_${createHash('sha256').update(place).digest('hex').slice(0, 10)}`;
    this.names.set(place, name);
    this.taken.add(name);
    return name;
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
    return [...(this.listed.get(namespace) ?? [])].map(tool => this.qualified({ namespace, tool }));
  }

  private note({ type, name, tools }: JsonObject): void {
    if (typeof name !== 'string') return;
    if (type !== 'namespace') {
      this.plain.add(name);
      return;
    }
    for (const tool of asList(tools)) {
      if (!isObject(tool) || typeof tool['name'] !== 'string') continue;
      addTo(this.namespaces, tool['name'], name);
      addTo(this.listed, name, tool['name']);
    }
  }
}

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
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
