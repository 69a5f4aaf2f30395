import { type Conversation, ownTexts, spokenTurns, type Tool } from '../conversation.js';
import { isJsonObject, parsedObject } from '../json.js';
import type { PromptReading } from './prompt-reading.js';
import { fitsSchema, type StepBudget } from './schema-check.js';
import { schemaValue } from './schema-value.js';
import { seededId, seededRandom } from './seeded-random.js';
import { isWeatherTool, weatherPlace, withPlace } from './weather-question.js';

/** The one call of an answer: `input` is JSON text for a function, any text for a custom tool. */
export interface PlannedCall {
  id: string;
  kind: Tool['kind'];
  name: string;
  input: string;
}

/** The documented form: nothing but `call`, a tool's name and, for it, JSON arguments or a custom tool's input. */
const ASK = /^call[ \t]+`?([\w.:/-]{1,256})`?(?![\w.:/-])\s*([^]*)$/i;

/** What the name or the description of a tool says that changes something or runs something. */
const ACTS =
  /writ|edit|creat|delet|remov|renam|move|replac|patch|appl|append|insert|updat|save|send|post|exec|run|shell|bash|command|terminal|kill|install|commit|push|deploy|eval|(?<!de)script|code|notebook|schedul|cancel|stop|start|browser|click|upload|download|fetch|todo|task|agent|memor|^type$|(?<![a-z])types?[ _](?:text|in|into|keys)/i;
/** Arguments that are run or written. Others are nouns, which data has too: `created_at`, `start_date`, `description`. */
const ACTING_ARGUMENTS = /^(?:commands?|cmd|argv|script|shell|code|patch|diff|edits?|sql|stdin)$/i;
const READ_CHARS = 500;

/**
 * What the model does about its tools: a call, words about an ask that cannot be met, or null for an answer in words.
 * It calls only when the user's own last text asks for it in the documented form, when that text is the question for the
 * weather and the only tool is the one for it, or when the program leaves no choice of tool at all; at most once a turn, and
 * never behind a tool's result. Arguments that nobody gave are made only for tools
 * that seem to change nothing.
 */
export function planTools(
  { turns, tools, choice }: Conversation,
  reading: PromptReading,
  variant: number,
  budget: StepBudget,
): PlannedCall | string | null {
  const last = spokenTurns(turns).at(-1);
  if (choice.mode === 'none' || last?.role !== 'user') return null;
  const offered = tools.filter(({ name }) => choice.only === null || choice.only.includes(name));
  const lastText = ownTexts(last).at(-1) ?? '';
  const [, asked, given = ''] = ASK.exec(lastText) ?? [];
  const wanted = offered.find(({ name }) => name === asked);
  const forced = choice.mode === 'required' && offered.length === 1 && !acts(offered[0]) ? offered[0] : undefined;
  const place = isWeatherTool(offered) && !acts(offered[0]) ? weatherPlace(lastText) : null;
  const tool = wanted ?? (place === null ? forced : offered[0]);
  if (tool === undefined) return null;

  const seed = `${reading.fingerprint} ${tool.name} ${variant}`;
  const call = { id: `call_${seededId(seed, 24)}`, kind: tool.kind, name: tool.name };
  const text = wanted === undefined ? '' : given.trim();
  if (tool.kind === 'custom') return text === '' ? usageOf(tool) : { ...call, input: text };
  const schema = { type: 'object', ...tool.schema };
  if (text !== '') {
    const input = parsedObject(text);
    return input !== null && fitsSchema(schema, input, schema, budget)
      ? { ...call, input: JSON.stringify(input) }
      : usageOf(tool);
  }
  if (place === null && fitsSchema(schema, {}, schema, budget)) return { ...call, input: '{}' };
  if (acts(tool)) return usageOf(tool);
  const made = schemaValue(schema, { reading, random: seededRandom(seed), budget, isFull: false });
  const placed = place !== null && isJsonObject(made) ? withPlace(made, place, schema) : made;
  return { ...call, input: JSON.stringify(fitsSchema(schema, placed, schema, budget) ? placed : made) };
}

function acts({ name, description, schema }: Tool): boolean {
  const properties = isJsonObject(schema?.['properties']) ? Object.keys(schema['properties']).slice(0, 50) : [];
  const isTold = [name, description.slice(0, READ_CHARS)].some(text => ACTS.test(text));
  return isTold || properties.some(property => ACTING_ARGUMENTS.test(property));
}

function usageOf({ kind, name, schema }: Tool): string {
  const how = kind === 'custom' ? 'its input' : 'its arguments as JSON';
  const wished = schema === null ? '' : ` They must fit ${JSON.stringify(schema).slice(0, READ_CHARS)}`;
  return `To have ${name} called, write: call ${name} and then ${how}.${wished}`;
}
