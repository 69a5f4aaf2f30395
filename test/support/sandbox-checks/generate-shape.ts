import type { Content, FunctionDeclaration, GenerationConfig, Part, Tool } from 'genai3';
import {
  amount,
  type Check,
  decimal,
  flag,
  freeForm,
  integer,
  list,
  mapOf,
  oneOf,
  shape,
  text,
} from './wire-checks.js';
import { checkSchema } from './generate-schema.js';

const mimeType = text({ pattern: /^(?:image|audio|video|text)\/[\w.+-]+|^application\/(?:pdf|json|rtf|x-[\w.+-]+)/ });

/** Only the beginning is looked at: the rest may be megabytes. */
const base64: Check = (value, path) => {
  text({ min: 1 })(value, path);
  text({ pattern: /^[A-Za-z0-9+/_-]+={0,2}$/ })((value as string).slice(0, 64), path);
};
const inlineData = shape({ data: base64, mimeType, displayName: text() }, ['data', 'mimeType']);
const fileData = shape({ fileUri: text({ min: 1 }), mimeType, displayName: text() }, ['fileUri']);
const functionName = text({ pattern: /^[a-zA-Z_][\w.:-]{0,127}$/ });

const partFields = {
  text: text(),
  thought: flag,
  thoughtSignature: text({ min: 1 }),
  inlineData,
  fileData,
  functionCall: shape({ id: text(), name: functionName, args: freeForm }, ['name']),
  functionResponse: shape(
    {
      id: text(),
      name: functionName,
      response: freeForm,
      parts: list(shape({ inlineData, fileData })),
      scheduling: oneOf('SILENT', 'WHEN_IDLE', 'INTERRUPT'),
      willContinue: flag,
    },
    ['name', 'response'],
  ),
  executableCode: shape({ id: text(), code: text(), language: oneOf('PYTHON', 'LANGUAGE_UNSPECIFIED') }, [
    'code',
    'language',
  ]),
  codeExecutionResult: shape({ id: text(), outcome: text(), output: text() }, ['outcome']),
  videoMetadata: shape({ startOffset: text(), endOffset: text(), fps: decimal(0, 24) }),
  mediaResolution: shape({ level: text(), numTokens: integer(0) }),
  partMetadata: freeForm,
} satisfies Partial<Record<keyof Part, Check>>;

const contentFields = (roles: Check): Record<keyof Content, Check> => ({
  role: roles,
  parts: list(shape(partFields), { min: 1 }),
});
const content = shape(contentFields(oneOf('user', 'model', 'function')), ['parts']);
// Nobody reads the role of instructions.
const instructions = shape(contentFields(text()), ['parts']);

const declaration = shape(
  {
    name: functionName,
    description: text(),
    parameters: checkSchema,
    parametersJsonSchema: freeForm,
    response: checkSchema,
    responseJsonSchema: freeForm,
    behavior: oneOf('UNSPECIFIED', 'BLOCKING', 'NON_BLOCKING'),
  } satisfies Record<keyof FunctionDeclaration, Check>,
  ['name'],
);
const tool = shape({ functionDeclarations: list(declaration) } satisfies Partial<Record<keyof Tool, Check>>);

const toolConfig = shape({
  functionCallingConfig: shape({
    mode: oneOf('MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED'),
    allowedFunctionNames: list(functionName, { min: 1 }),
  }),
  retrievalConfig: freeForm,
  includeServerSideToolInvocations: flag,
});

const levels = ['THINKING_LEVEL_UNSPECIFIED', 'MINIMAL', 'LOW', 'MEDIUM', 'HIGH'];
const generationConfig = shape({
  temperature: decimal(0, 2),
  topP: decimal(0, 1),
  topK: amount({ min: 1 }),
  candidateCount: integer(1, 8),
  maxOutputTokens: integer(1),
  stopSequences: list(text({ min: 1 }), { max: 5 }),
  responseLogprobs: flag,
  logprobs: integer(0, 20),
  presencePenalty: decimal(-2, 2),
  frequencyPenalty: decimal(-2, 2),
  seed: integer(-(2 ** 31), 2 ** 31 - 1),
  responseMimeType: oneOf('text/plain', 'application/json'),
  responseSchema: checkSchema,
  responseJsonSchema: freeForm,
  responseModalities: list(oneOf('TEXT', 'text'), { max: 1 }),
  mediaResolution: text({ pattern: /^MEDIA_RESOLUTION_[A-Z_]+$/ }),
  thinkingConfig: shape({
    includeThoughts: flag,
    thinkingBudget: integer(-1, 65_536),
    thinkingLevel: oneOf(...levels, ...levels.map(level => level.toLowerCase())),
  }),
  enableEnhancedCivicAnswers: flag,
} satisfies Partial<Record<keyof GenerationConfig, Check>>);

const requestFields = {
  contents: list(content, { min: 1 }),
  systemInstruction: instructions,
  tools: list(tool),
  toolConfig,
  safetySettings: list(
    shape({ category: text({ pattern: /^HARM_CATEGORY_/ }), threshold: text(), method: text() }, [
      'category',
      'threshold',
    ]),
  ),
  generationConfig,
  labels: mapOf(text({ max: 64 }), { max: 64, maxKey: 64 }),
  serviceTier: oneOf('unspecified', 'standard', 'flex', 'priority'),
  store: flag,
};

/** Refuses (400) a body with an unknown field or with a value outside the types and ranges of the API. */
export const checkGenerateShape: Check = shape(requestFields, ['contents']);

/** Tokens are counted of contents, or of a whole request, which then names its model again. */
export const checkCountShape: Check = shape({
  contents: requestFields.contents,
  generateContentRequest: shape({ ...requestFields, model: text({ min: 1 }) }, ['contents']),
});
