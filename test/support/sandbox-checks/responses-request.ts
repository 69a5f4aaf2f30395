import type { ResponseCreateParamsBase, ResponseInputItem, Tool } from 'openai7/resources/responses/responses';
import type { AskedRequest } from '#sandbox';
import { getModel, type SandboxModel } from '../../../packages/sandbox/src/model.js';
import { RequestRefusal } from '#sandbox';
import { isReasoningSignature } from '../../../packages/sandbox/src/reasoning-signature.js';
import { isJsonObject } from './wire-checks.js';
import { checkCreateShape } from './responses-shape.js';

/** A request that names its model, and whose input is a list. */
interface ResponsesRequest extends ResponseCreateParamsBase {
  model: string;
  input: ResponseInputItem[];
}

const LEAST_OUTPUT_TOKENS = 16;

/** Checks a request as OpenAI would that keeps nothing. Throws `RequestRefusal`: 404 for the model, 400 for the rest. */
export function checkResponsesRequest(asked: AskedRequest): void {
  checkModel(asked);
  checkCreateShape(asked.body, '');
  checkResponsesRules(asked);
}

/** Only what no type of the SDK says, for a body that is of its type. Tools that OpenAI runs may stand in it. */
export function checkResponsesRules(asked: AskedRequest): void {
  const { maxOutputTokens } = checkModel(asked);
  const { input = [] } = asked.body;
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  const request = { ...asked.body, input: items } as ResponsesRequest;
  const limit = request.max_output_tokens;
  if (limit != null && limit < LEAST_OUTPUT_TOKENS) {
    refuse('max_output_tokens', `Invalid 'max_output_tokens': expected at least ${LEAST_OUTPUT_TOKENS}.`);
  }
  if (limit != null && maxOutputTokens !== null && limit > maxOutputTokens) {
    refuse('max_output_tokens', `'max_output_tokens' (${limit}) exceeds model maximum (${maxOutputTokens})`);
  }
  checkTools(request);
  checkCalls(request.input);
  checkReasoning(request.input);
}

function checkModel({ body, findModel }: AskedRequest): SandboxModel {
  if (!isJsonObject(body)) refuse('body', 'Expected the request body to be a JSON object.');
  if (typeof body['model'] !== 'string' || body['model'] === '') {
    refuse('model', 'You must provide a model parameter.', 'missing_required_parameter');
  }
  return getModel(body['model'], 'openai_responses', findModel, 400);
}

function refuse(param: string, message: string, code = 'invalid_value'): never {
  throw new RequestRefusal(400, message, { param, code });
}

function nameOf(tool: Tool): string {
  return 'name' in tool ? tool.name : tool.type;
}

function checkTools({ tools = [], tool_choice: choice }: ResponsesRequest): void {
  const names = tools.map(nameOf);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) refuse('tools', `'tools': the name '${twice}' is given twice.`);
  if (choice === 'required' && names.length === 0) refuse('tool_choice', "'tool_choice': there is no tool to call.");
  const unknown = chosenNames(choice).find(name => !names.includes(name));
  if (unknown !== undefined) refuse('tool_choice', `'tool_choice' names '${unknown}', which is not among the tools.`);
}

function chosenNames(choice: ResponsesRequest['tool_choice']): string[] {
  if (typeof choice !== 'object') return [];
  if (choice.type === 'allowed_tools') return choice.tools.map(({ name }) => name as string);
  return choice.type === 'function' || choice.type === 'custom' ? [choice.name] : [];
}

/** Every call is answered once, somewhere behind it, and nothing is answered that was not called. */
function checkCalls(input: readonly ResponseInputItem[]): void {
  const open = new Map<string, string>();
  for (const [index, item] of input.entries()) {
    const path = `input[${index}].call_id`;
    if (item.type === 'function_call' || item.type === 'custom_tool_call') {
      if (open.has(item.call_id)) refuse(path, `'${path}': '${item.call_id}' was used before.`);
      open.set(item.call_id, item.type);
    }
    if (item.type !== 'function_call_output' && item.type !== 'custom_tool_call_output') continue;
    const id = item.call_id ?? '';
    if (open.get(id) !== item.type.replace('_output', '')) {
      refuse(path, `'${path}': no open call of that kind has the call_id '${id}'.`);
    }
    open.set(id, 'answered');
  }
  const unanswered = [...open].find(([, state]) => state !== 'answered');
  if (unanswered !== undefined) refuse('input', `'input': no output was given for the call '${unanswered[0]}'.`);
}

/** Nothing is stored, so a thought comes back signed, and before that which it led to. */
function checkReasoning(input: readonly ResponseInputItem[]): void {
  for (const [index, item] of input.entries()) {
    if (item.type !== 'reasoning') continue;
    const path = `input[${index}]`;
    if (!isReasoningSignature(item.encrypted_content ?? '', 'responses reasoning', '')) {
      refuse(`${path}.encrypted_content`, `'${path}.encrypted_content' is missing, or was not made by this model.`);
    }
    const next = input[index + 1];
    const follows =
      next !== undefined &&
      (next.type === 'reasoning' ||
        next.type === 'function_call' ||
        next.type === 'custom_tool_call' ||
        ('role' in next && next.role === 'assistant'));
    if (!follows) refuse(path, `'${path}': a reasoning item must stand right before the message or call it led to.`);
  }
}
