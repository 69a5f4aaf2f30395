import type { ChatRequest } from './chat-request.js';
import { readPrompt } from './prompt-reading.js';
import { StepBudget } from './schema/step-budget.js';
import { lastToolResults, planToolCalls } from './tool-calls.js';

const tool = (name: string, description: string, properties: object = {}, required: string[] = []) => ({
  type: 'function' as const,
  function: { name, description, parameters: { type: 'object', properties, required } },
});
const WEATHER = tool('get_weather', 'Current conditions at a place', { city: { type: 'string' } }, ['city']);
const MAIL = tool(
  'sendMail',
  'Deliver a letter to a recipient',
  { to: { type: 'string', format: 'email' }, subject: { type: 'string' } },
  ['to', 'subject'],
);

function plan(question: string, fields: Partial<ChatRequest> = {}) {
  const messages = [{ role: 'user' as const, content: question }];
  return planToolCalls(
    { model: 'm', messages, tools: [WEATHER, MAIL], ...fields },
    {
      reading: readPrompt(messages),
      variant: 0,
      budget: new StepBudget(),
    },
  );
}

it.each([
  ['Call get_weather for Rome', ['get_weather']],
  ['Is the weather nice today?', ['get_weather']],
  ['Deliver this letter please', ['sendMail']],
  ['Send a mail about the weather', ['get_weather', 'sendMail']],
  ['What is Neon?', []],
  ['Get me the current data', []],
])('%j calls %j', (question, names) => {
  expect(plan(question).map(call => call.name)).toEqual(names);
});

it('fills arguments from the prompt', () => {
  const [call] = plan('sendMail with subject: Invoices', { tools: [MAIL] });
  expect(JSON.parse(call.input)).toMatchObject({ subject: 'Invoices', to: expect.stringContaining('@') });
});

it('chooses only among the allowed tools', () => {
  const allowed = { mode: 'required' as const, tools: [{ type: 'function', function: { name: 'sendMail' } }] };
  const calls = plan('weather', { tool_choice: { type: 'allowed_tools', allowed_tools: allowed } });
  expect(calls.map(call => call.name)).toEqual(['sendMail']);
});

it('always calls when a call is required', () => {
  expect(plan('What is Neon?', { tool_choice: 'required' })).toHaveLength(1);
});

it('writes custom input by its regular expression', () => {
  const grammar = { syntax: 'regex' as const, definition: '^[A-Z]{3}-\\d{4}$' };
  const [call] = plan('use ticket', {
    tools: [{ type: 'custom', custom: { name: 'ticket', format: { type: 'grammar', grammar } } }],
  });
  expect(call).toMatchObject({ kind: 'custom', input: expect.stringMatching(/^[A-Z]{3}-\d{4}$/) });
});

it('gives a function without parameters an empty object', () => {
  expect(plan('ping it', { tools: [{ type: 'function', function: { name: 'ping' } }] })[0].input).toBe('{}');
});

it('finds the results that end the conversation, by the names of their tools', () => {
  const results = lastToolResults([
    { role: 'user', content: 'x' },
    {
      role: 'assistant',
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'get_weather', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'rain' },
  ]);
  expect(results).toEqual([{ name: 'get_weather', content: 'rain' }]);
});
