import { RequestRefusal } from '#sandbox';
import {
  type Check,
  flag,
  freeForm,
  integer,
  isJsonObject,
  list,
  nullable,
  oneOf,
  shape,
  text,
} from './wire-checks.js';

/** Tools whose input Anthropic has defined and the caller runs, by type: the name they must bear. */
const CLIENT_TOOLS: Record<string, string> = {
  bash_20250124: 'bash',
  text_editor_20250124: 'str_replace_editor',
  text_editor_20250429: 'str_replace_based_edit_tool',
  text_editor_20250728: 'str_replace_based_edit_tool',
  memory_20250818: 'memory',
};

const inputSchema: Check = (value, path) => {
  freeForm(value, path);
  oneOf('object')((value as Record<string, unknown>)['type'], `${path}.type`);
};

/** A tool of the caller's own, or one of Anthropic's that the caller runs. Tools that Anthropic would run are refused. */
export function checkTool(cacheControl: Check): Check {
  const common = {
    allowed_callers: list(oneOf('direct')),
    cache_control: cacheControl,
    defer_loading: flag,
    input_examples: list(freeForm),
    strict: flag,
  };
  const own = shape(
    {
      ...common,
      type: nullable(oneOf('custom')),
      name: text({ pattern: /^[a-zA-Z0-9_-]{1,128}$/ }),
      description: text(),
      input_schema: inputSchema,
      eager_input_streaming: nullable(flag),
    },
    ['name', 'input_schema'],
  );
  return (value, path) => {
    const type = isJsonObject(value) ? (value['type'] ?? 'custom') : 'custom';
    if (type === 'custom' || typeof type !== 'string') return own(value, path);
    if (!Object.hasOwn(CLIENT_TOOLS, type)) {
      const message = `Invalid '${path}.type': the sandbox model runs no tools of its own, such as '${type.slice(0, 64)}'.`;
      throw new RequestRefusal(400, message, { param: `${path}.type`, code: 'unsupported_value' });
    }
    const fields = { ...common, type: oneOf(type), name: oneOf(CLIENT_TOOLS[type]) };
    const isEditor = type === 'text_editor_20250728';
    shape(isEditor ? { ...fields, max_characters: nullable(integer(1)) } : fields, ['type', 'name'])(value, path);
  };
}
