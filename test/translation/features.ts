import type { NeutralRequest, OutputFormat, Tool, Turn } from '../../src/dialects/neutral/neutral.types.js';
import { BARE_REQUEST } from '../support/neutral-request.js';

/** What a caller may ask for, in the neutral form: the rows of the table in docs/dialects.md. */

const text = (words: string) => ({ type: 'text' as const, text: words });
const hello: Turn = { role: 'user', parts: [text('Hello')] };
const weather: Tool = {
  type: 'function',
  name: 'get_weather',
  description: 'Weather of a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: null,
};
const grammar = { syntax: 'regex', definition: '\\w+' };
const custom: Tool = { type: 'custom', name: 'apply_patch', description: 'Patches files', grammar };
const schema: OutputFormat = {
  type: 'schema',
  name: 'person',
  description: null,
  schema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'], additionalProperties: false },
  strict: null,
};
const png = 'iVBORw0KGgo=';
const media = (kind: 'image' | 'document' | 'audio' | 'video', mediaType: string): Turn => ({
  role: 'user',
  parts: [{ type: 'media', kind, source: { type: 'base64', mediaType, data: png } }, text('What is it?')],
});
const called = (id: string): Turn => ({
  role: 'assistant',
  parts: [{ type: 'tool-call', id, name: 'get_weather', arguments: '{"city":"Paris"}' }],
});
const answered = (id: string, content: Extract<Turn, { role: 'user' }>['parts'][number][] = [text('21')]): Turn => ({
  role: 'user',
  parts: [{ type: 'tool-result', callId: id, name: null, content: content as never, isError: false }],
});

export const PLAIN: NeutralRequest = { ...BARE_REQUEST, model: 'asked-model', turns: [hello], maxOutputTokens: 2_000 };

const thought = (origin: 'anthropic' | 'openai' | 'gemini', redacted = false): Turn => ({
  role: 'assistant',
  parts: [
    { type: 'reasoning', text: redacted ? '' : 'Paris is in France.', opaque: { origin, value: 'c2VhbA==' }, redacted },
    { type: 'tool-call', id: 'call_1', name: 'get_weather', arguments: '{"city":"Paris"}' },
  ],
});
const tooled = { tools: [weather] };
const withThought = (turn: Turn): Partial<NeutralRequest> => ({ ...tooled, turns: [hello, turn, answered('call_1')] });

export const FEATURES: readonly (readonly [name: string, fields: Partial<NeutralRequest>])[] = [
  ['text, several turns', { turns: [hello, { role: 'assistant', parts: [text('Hi')] }, hello] }],
  ['instructions', { instructions: [text('Be short.')] }],
  ['instructions in the middle', { turns: [hello, { role: 'system', parts: [text('Be short.')] }, hello] }],
  ['image, base64', { turns: [media('image', 'image/png')] }],
  [
    'image, URL',
    {
      turns: [
        {
          role: 'user',
          parts: [
            {
              type: 'media',
              kind: 'image',
              source: { type: 'url', url: 'https://example.com/a.png', mediaType: null },
            },
          ],
        },
      ],
    },
  ],
  ['PDF, base64', { turns: [media('document', 'application/pdf')] }],
  ['audio', { turns: [media('audio', 'audio/wav')] }],
  ['video', { turns: [media('video', 'video/mp4')] }],
  ['tools', tooled],
  [
    'parallel tool calls and results',
    {
      ...tooled,
      turns: [
        hello,
        { role: 'assistant', parts: [...called('call_1').parts, ...called('call_2').parts] as never },
        { role: 'user', parts: [...answered('call_1').parts, ...answered('call_2').parts] as never },
      ],
    },
  ],
  [
    'tool result with an image',
    {
      ...tooled,
      turns: [hello, called('call_1'), answered('call_1', [...media('image', 'image/png').parts] as never)],
    },
  ],
  [
    'tool result that is an error',
    {
      ...tooled,
      turns: [
        hello,
        called('call_1'),
        {
          role: 'user',
          parts: [{ type: 'tool-result', callId: 'call_1', name: null, content: [text('no')], isError: true }],
        },
      ],
    },
  ],
  ['custom tools with a grammar', { tools: [custom] }],
  ['tool choice: auto, none, required', { ...tooled, toolChoice: { type: 'required' } }],
  ['tool choice: one tool', { ...tooled, toolChoice: { type: 'tool', name: 'get_weather' } }],
  ['tool choice: some tools', { ...tooled, toolChoice: { type: 'allowed', mode: 'required', names: ['get_weather'] } }],
  ['one tool call at a time', { ...tooled, parallelToolCalls: false }],
  ['structured output by schema', { output: schema }],
  ['JSON mode', { output: { type: 'json' } }],
  ['stop sequences', { stop: ['END'] }],
  ['temperature', { temperature: 0.5 }],
  ['top_p', { topP: 0.5 }],
  ['top_k', { topK: 5 }],
  ['seed', { seed: 7 }],
  ['penalties', { frequencyPenalty: 0.5, presencePenalty: 0.5 }],
  ['several answers', { candidates: 2 }],
  ['log probabilities', { logprobs: { top: 2 } }],
  ['reasoning effort', { reasoning: { mode: null, effort: 'low', budgetTokens: null, show: null } }],
  ['thinking budget', { reasoning: { mode: 'on', effort: null, budgetTokens: 1_024, show: null } }],
  ['thoughts signed by Anthropic', withThought(thought('anthropic'))],
  ['thoughts redacted by Anthropic', withThought(thought('anthropic', true))],
  ['thoughts signed by OpenAI', withThought(thought('openai'))],
  ['thoughts signed by Gemini', withThought(thought('gemini'))],
  ['prompt-cache marks', { instructions: [{ type: 'text', text: 'Be short.', cache: { ttl: null } }] }],
  ['prompt-cache key', { promptCacheKey: 'house' }],
  ['metadata', { metadata: { team: 'blue' } }],
  ['user', { user: 'user-1' }],
  ['service tier', { serviceTier: 'auto' }],
  ['verbosity', { verbosity: 'low' }],
];
