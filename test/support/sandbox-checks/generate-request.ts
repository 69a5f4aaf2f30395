import type { FunctionDeclaration } from 'genai3';
import type { AskedRequest } from '#sandbox';
import { getModel, type SandboxModel } from '../../../packages/sandbox/src/model.js';
import { RequestRefusal } from '#sandbox';
import { freeForm, isJsonObject, type JsonObject } from './wire-checks.js';
import type { GeminiRequest } from './gemini.types.js';
import { checkConversation } from './generate-conversation.js';
import { checkCountShape, checkGenerateShape } from './generate-shape.js';
import { withCamelNames } from '../../../packages/sandbox/src/dialects/proto-json.js';

/** Checks a request for an answer as Google would. Throws `RequestRefusal`: 404 for the model, 400 for the rest. */
export function checkGenerateRequest(modelId: string, asked: AskedRequest): GeminiRequest {
  const { id, maxOutputTokens } = getServedModel(modelId, asked);
  const body = readBody(asked);
  checkGenerateShape(body, '');
  const request = { ...body, model: id } as unknown as GeminiRequest;
  const limit = request.generationConfig?.maxOutputTokens;
  if (limit !== undefined && maxOutputTokens !== null && limit > maxOutputTokens) {
    refuse('generationConfig.maxOutputTokens', `${limit} is more than the ${maxOutputTokens} this model can write.`);
  }
  checkRequest(request);
  return request;
}

/** Checks a question for the tokens of contents, or of a whole request. */
export function checkCountRequest(modelId: string, asked: AskedRequest): GeminiRequest {
  const { id } = getServedModel(modelId, asked);
  const body = readBody(asked);
  checkCountShape(body, '');
  const { contents, generateContentRequest: whole } = body;
  if ((contents === undefined) === (whole === undefined)) {
    refuse('contents', 'give either contents or a generateContentRequest.');
  }
  const request = { ...(isJsonObject(whole) ? whole : { contents }), model: id } as unknown as GeminiRequest;
  checkRequest(request);
  return request;
}

function refuse(param: string, message: string): never {
  throw new RequestRefusal(400, `${param}: ${message}`, { param, code: 'invalid_value' });
}

function getServedModel(modelId: string, { findModel }: AskedRequest): SandboxModel {
  return getModel(modelId, 'gemini_generate_content', findModel);
}

function readBody({ body }: AskedRequest): JsonObject {
  if (!isJsonObject(body)) refuse('body', 'the body must be a JSON object.');
  // The names are changed at every level, so there must not be too many.
  freeForm(body, 'body');
  return withCamelNames(body);
}

function checkRequest(request: GeminiRequest): void {
  checkSchemas(request);
  checkConfig(request);
  checkTools(request);
  checkConversation(request.contents, request.model.startsWith('gemini-3'));
}

/** A place has one schema: Google's or JSON Schema. */
function checkSchemas({ tools = [], generationConfig: config = {} }: GeminiRequest): void {
  const declared = tools.flatMap(tool => tool.functionDeclarations ?? []);
  const twice = declared.some(one => one.parameters !== undefined && one.parametersJsonSchema !== undefined);
  if (twice) refuse('tools', 'give one schema, not two.');
  if (config.responseSchema !== undefined && config.responseJsonSchema !== undefined) {
    refuse('generationConfig.responseSchema', 'give one schema, not two.');
  }
}

function checkConfig({ model, generationConfig: config = {} }: GeminiRequest): void {
  const { thinkingConfig: thinking, responseMimeType: mime, responseSchema, responseJsonSchema } = config;
  if (thinking?.thinkingBudget !== undefined && thinking.thinkingLevel !== undefined) {
    refuse('generationConfig.thinkingConfig', 'give a budget or a level, not both.');
  }
  if (thinking?.thinkingLevel !== undefined && /^gemini-[12]/.test(model)) {
    refuse('generationConfig.thinkingConfig.thinkingLevel', 'this model thinks by a budget.');
  }
  if ((responseSchema !== undefined || responseJsonSchema !== undefined) && mime !== 'application/json') {
    refuse('generationConfig.responseMimeType', "a schema needs the type 'application/json'.");
  }
  if (config.logprobs !== undefined && config.responseLogprobs !== true) {
    refuse('generationConfig.logprobs', 'is only allowed when responseLogprobs is true.');
  }
}

function declarationsOf({ tools = [] }: GeminiRequest): FunctionDeclaration[] {
  return tools.flatMap(tool => tool.functionDeclarations ?? []);
}

/** How functions are called, in plain words: the SDK's enumerations are values, and only their types are there. */
function callingConfigOf({ toolConfig }: GeminiRequest): { mode: string; allowed: string[] | undefined } {
  const { mode, allowedFunctionNames: allowed } = toolConfig?.functionCallingConfig ?? {};
  return { mode: String(mode ?? 'AUTO'), allowed };
}

function checkTools(request: GeminiRequest): void {
  const names = declarationsOf(request).map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) refuse('tools', `the function '${twice}' is declared twice.`);
  const { mode, allowed } = callingConfigOf(request);
  const path = 'toolConfig.functionCallingConfig';
  if (mode === 'ANY' && names.length === 0) refuse(`${path}.mode`, 'there is no function to call.');
  if (allowed !== undefined && mode !== 'ANY' && mode !== 'VALIDATED') {
    refuse(`${path}.allowedFunctionNames`, 'is only allowed in the modes ANY and VALIDATED.');
  }
  const unknown = allowed?.find(name => !names.includes(name));
  if (unknown !== undefined) refuse(`${path}.allowedFunctionNames`, `'${unknown}' is not declared.`);
}
