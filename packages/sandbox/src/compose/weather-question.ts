import type { Tool } from '../conversation.js';
import { isJsonObject, type JsonObject } from '../json.js';

/** The first example of tools in the vendors' documents and in their suites of tests: a question, and the one tool for it. */
const QUESTION =
  /^what(?:['’]s| is) the (?:current )?weather (?:like )?(?:today )?in ([\p{L}][\p{L} .,'’-]{0,63})\?$/iu;
const SUFFIX = / (?:today|now|right now)$/i;
const NAME = /^(?:get_?(?:the_?)?(?:current_?)?)?weather(?:_?(?:info|tool))?$/i;

/** The place whose weather the text asks for, and nothing else; null for any other text. */
export function weatherPlace(text: string): string | null {
  const [, place] = QUESTION.exec(text.trim()) ?? [];
  return place?.replace(SUFFIX, '').trim() || null;
}

/** Whether the only tool that is offered is one for the weather. */
export function isWeatherTool(offered: readonly Tool[]): boolean {
  const [tool] = offered;
  return offered.length === 1 && tool?.kind === 'function' && NAME.test(tool.name);
}

/** The arguments with the place where the schema wants a text first. */
export function withPlace(input: JsonObject, place: string, schema: JsonObject): JsonObject {
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const name = Object.keys(properties).find(key => {
    const property = properties[key];
    return isJsonObject(property) && property['type'] === 'string' && property['enum'] === undefined;
  });
  return name === undefined ? input : { ...input, [name]: place };
}
