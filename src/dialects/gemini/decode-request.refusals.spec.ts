import type { JsonObject } from '../../json/value.js';
import { RequestFieldError } from '../request-field-error.js';
import { decodeGeminiRequest } from './decode-request.js';

const decode = (wire: object) =>
  decodeGeminiRequest({ model: 'm', contents: [{ parts: [{ text: 'Hello.' }] }], ...wire } as JsonObject);

describe('decodeGeminiRequest', () => {
  it.each<[string, object]>([
    ['contents', { contents: [] }],
    ['contents', { contents: undefined }],
    ['contents', { contents: [{ parts: [{ text: '' }] }] }],
    ['contents[0]', { contents: ['Hello.'] }],
    ['contents[0].parts', { contents: [{ role: 'user' }] }],
    ['contents[0].parts[0]', { contents: [{ parts: [{}] }] }],
    ['contents[0].parts[0]', { contents: [{ parts: [{ text: 'a', inlineData: { mimeType: 'a/b', data: 'A' } }] }] }],
    ['contents[0].parts[0]', { contents: [{ role: 'model', parts: [{}] }] }],
    [
      'contents[0].parts[0]',
      { contents: [{ role: 'model', parts: [{ text: 'a', functionCall: { name: 'f' }, thoughtSignature: 'b25l' }] }] },
    ],
    ['contents[0].parts[0].text', { contents: [{ parts: [{ text: 5 }] }] }],
    ['contents[0].parts[0].inlineData.mimeType', { contents: [{ parts: [{ inlineData: { data: 'A' } }] }] }],
    ['contents[0].parts[0].fileData.fileUri', { contents: [{ parts: [{ fileData: { fileUri: 'ftp://a' } }] }] }],
    ['contents[0].parts[0]', { contents: [{ parts: [{ functionCall: { name: 'f' } }] }] }],
    ['contents[0].parts[0]', { contents: [{ parts: [{ text: 'a', thought: true }] }] }],
    ['contents[0].parts[0]', { contents: [{ role: 'model', parts: [{ functionResponse: { name: 'f' } }] }] }],
    ['contents[0].parts[0].functionCall', { contents: [{ role: 'model', parts: [{ functionCall: 'f' }] }] }],
    ['contents[0].parts[0].functionCall.name', { contents: [{ role: 'model', parts: [{ functionCall: {} }] }] }],
    [
      'contents[0].parts[0].functionCall.args',
      { contents: [{ role: 'model', parts: [{ functionCall: { name: 'f', args: [] } }] }] },
    ],
    [
      'contents[0].parts[0].functionCall.args',
      { contents: [{ role: 'model', parts: [{ functionCall: { name: 'f', args: { x: Infinity } } }] }] },
    ],
    [
      'contents[0].parts[0].function_response.response',
      { contents: [{ parts: [{ function_response: { name: 'f', response: 'a' } }] }] },
    ],
    ['contents[0].role', { contents: [{ role: 'assistant', parts: [{ text: 'a' }] }] }],
    ['systemInstruction', { systemInstruction: 'Be short.' }],
    [
      'systemInstruction.parts[0]',
      { systemInstruction: { parts: [{ inlineData: { mimeType: 'image/png', data: 'A' } }] } },
    ],
    ['cachedContent', { cachedContent: 'cachedContents/x' }],
    ['continuation_token', { continuation_token: 'x' }],
    ['generationConfig', { generationConfig: [] }],
    ['generationConfig.temperature', { generationConfig: { temperature: Infinity } }],
    ['generationConfig.topK', { generationConfig: { topK: 1.5 } }],
    ['generationConfig.candidateCount', { generationConfig: { candidateCount: 0 } }],
    ['generationConfig.maxOutputTokens', { generationConfig: { maxOutputTokens: '1e3' } }],
    ['generationConfig.stopSequences', { generationConfig: { stopSequences: 'x' } }],
    ['generationConfig.responseMimeType', { generationConfig: { responseMimeType: 'text/x.enum' } }],
    ['generationConfig.responseSchema', { generationConfig: { responseSchema: 'STRING' } }],
    ['generationConfig', { generationConfig: { responseSchema: {}, responseJsonSchema: {} } }],
    [
      'generationConfig.thinkingConfig.thinkingBudget',
      { generationConfig: { thinkingConfig: { thinkingBudget: -2 } } },
    ],
    [
      'generationConfig.thinkingConfig.thinkingLevel',
      { generationConfig: { thinkingConfig: { thinkingLevel: 'huge' } } },
    ],
    ['generation_config', { generationConfig: {}, generation_config: {} }],
    ['tools[0].functionDeclarations[0].name', { tools: [{ functionDeclarations: [{ description: 'd' }] }] }],
    [
      'tools[0].functionDeclarations[0]',
      { tools: [{ functionDeclarations: [{ name: 'f', parameters: {}, parametersJsonSchema: {} }] }] },
    ],
    ['toolConfig.functionCallingConfig.mode', { toolConfig: { functionCallingConfig: { mode: 'SOMETIMES' } } }],
    ['labels', { labels: { a: 1 } }],
    ['serviceTier', { serviceTier: 5 }],
  ])('refuses by its path: %s', (field, wire) => {
    expect(() => decode(wire)).toThrow(RequestFieldError);
    expect(() => decode(wire)).toThrow(expect.objectContaining({ field, message: expect.stringContaining(field) }));
  });
});
