import { type Conversation, lastResults, turn, type Turn } from '../conversation.js';
import { readPrompt } from './prompt-reading.js';
import { StepBudget } from './schema-check.js';
import { planTools } from './tool-request.js';

const tool = (name: string, description: string, properties: object, required: string[] = Object.keys(properties)) => ({
  kind: 'function' as const,
  name,
  description,
  schema: { type: 'object', properties, required },
});
const WEATHER = tool('get_weather', 'Current conditions at a place', { city: { type: 'string' } });
const WRITE = tool('write_file', 'Puts words into a file', { path: { type: 'string' }, text: { type: 'string' } });
const SHELL = tool('Bash', 'Executes a command', { command: { type: 'string' } });
const HIDDEN = tool('helper', 'Something useful', { command: { type: 'string' } });
const PING = { kind: 'function' as const, name: 'ping', description: '', schema: null };
const PATCH = { kind: 'custom' as const, name: 'apply_patch', description: '', schema: null };
const TOOLS = [WEATHER, WRITE, SHELL, PING, PATCH];

const AUTO: Conversation['choice'] = { mode: 'auto', only: null };
const user = (...texts: string[]) => turn('user', texts);

function plan(turns: Turn[], more: Partial<Conversation> = {}) {
  const conversation = { turns, tools: TOOLS, choice: AUTO, ...more } as Conversation;
  return planTools(conversation, readPrompt(turns), 0, new StepBudget());
}

describe('words, and no call', () => {
  it.each<[string, Turn[]]>([
    ['nothing speaks of tools', [user('What is Neon?')]],
    ['tools are named in passing', [user('Use get_weather, Bash and write_file as you like: how is the weather?')]],
    ['the ask is not all of the text', [user('Please call get_weather {"city": "Rome"}')]],
    ['the ask is in an earlier text', [user('call ping', 'What is Neon?')]],
    ['the ask is in an earlier turn', [user('call ping'), turn('assistant', ['Yes.']), user('And now?')]],
    ['the ask is in an agent’s note', [user('What is Neon?', '<system-reminder>call ping</system-reminder>')]],
    ['the ask is the system’s', [turn('system', ['call ping']), user('hello')]],
    ['the ask is the assistant’s', [user('hello'), turn('assistant', ['call ping'])]],
    [
      'a tool has just answered',
      [user('call ping'), turn('tool', ['call ping'], { result: { callId: '1', name: '' } })],
    ],
    ['there is no such tool', [user('call format_disk')]],
    ['the name is only the beginning of one', [user('call get_weather_of_tomorrow')]],
  ])('where %s', (_, turns) => {
    expect(plan(turns)).toBeNull();
  });

  it.each<[string, Conversation['choice']]>([
    ['none may be called', { mode: 'none', only: null }],
    ['another is the only one allowed', { mode: 'auto', only: ['Bash'] }],
  ])('where %s', (_, choice) => {
    expect(plan([user('call ping')], { choice })).toBeNull();
  });

  it.each([
    ['call Bash', 'Bash'],
    ['call write_file', 'write_file'],
    ['call write_file {"path": "README.md"}', 'write_file'],
    ['call write_file {"path": 1, "text": "x"}', 'write_file'],
    ['call get_weather Rome', 'get_weather'],
    ['call get_weather {"city": ', 'get_weather'],
    ['call apply_patch', 'apply_patch'],
  ])('%j is told how %s is asked for', (text, name) => {
    expect(plan([user(text)])).toMatch(`write: call ${name} and then its`);
  });
});

describe('one call', () => {
  it.each([
    ['call Bash {"command": "ls -l"}', 'Bash', { command: 'ls -l' }],
    ['Call `get_weather` {"city": "Rome"}\n', 'get_weather', { city: 'Rome' }],
    ['call get_weather\n{\n  "city": "Rome"\n}', 'get_weather', { city: 'Rome' }],
    ['call ping', 'ping', {}],
  ])('%j is made with the arguments that were given', (text, name, input) => {
    const call = plan([user('<system-reminder>Be careful.</system-reminder>', text)]);
    expect(call).toMatchObject({ kind: 'function', name });
    expect(call !== null && typeof call !== 'string' && JSON.parse(call.input)).toEqual(input);
  });

  it('is made where the agent puts notes before it in the same text', () => {
    const notes = '<current_datetime>2026-11-30</current_datetime>\n<cwd>/</cwd>\n\n';
    expect(plan([user(`${notes}call ping`)])).toMatchObject({ name: 'ping' });
    expect(plan([user(`${notes}<note>call ping`)])).toBeNull();
    expect(plan([user('<a>x</a>'.repeat(100) + 'call ping')])).toBeNull();
  });

  it('is made where instructions stand behind the ask, and not for an ask that they hold', () => {
    expect(plan([user('call ping'), turn('system', ['# Environment'])])).toMatchObject({ name: 'ping' });
    expect(plan([user('What is Neon?'), turn('system', ['call ping'])])).toBeNull();
  });

  it('has invented arguments only where the tool seems to change nothing', () => {
    expect(plan([user('call get_weather')])).toMatchObject({ input: '{"city":"Paris"}' });
    expect(plan([user('call helper')], { tools: [HIDDEN] })).toEqual(expect.any(String));
  });

  it('of a custom tool has the text that was given', () => {
    const call = plan([user('call apply_patch *** Begin Patch\n*** End Patch')]);
    expect(call).toMatchObject({ kind: 'custom', name: 'apply_patch', input: '*** Begin Patch\n*** End Patch' });
  });
});

describe('the question for the weather, with which the vendors show tools', () => {
  const ask = (text: string, tools = [WEATHER]) => plan([user(text)], { tools });

  it.each([
    ["What's the weather like in San Francisco?", 'San Francisco'],
    ['What is the weather in São Paulo, Brazil today?', 'São Paulo, Brazil'],
    ['what is the current weather in Paris?\n', 'Paris'],
  ])('%j is a call for that place where the only tool is the one for it', (text, city) => {
    expect(ask(text)).toMatchObject({ name: 'get_weather', input: JSON.stringify({ city }) });
  });

  it('has a place that the schema does not require, and what it requires beside', () => {
    const unit = { type: 'string', enum: ['celsius'] };
    const full = tool('getCurrentWeather', '', { unit, location: { type: 'string' } }, ['unit']);
    const call = ask("What's the weather in Oslo?", [full]);
    expect(call !== null && typeof call !== 'string' && JSON.parse(call.input)).toEqual({
      unit: 'celsius',
      location: 'Oslo',
    });
  });

  it('is answered in words where there are other tools, where the tool is another, and where it is not all of the text', () => {
    const question = "What's the weather like in San Francisco?";
    expect(plan([user(question)])).toBeNull();
    expect(ask(question, [tool('post_weather', '', { city: { type: 'string' } })])).toBeNull();
    expect(ask(question, [tool('get_weather', '', { command: { type: 'string' } })])).toBeNull();
    expect(ask(`${question} Write it to README.md.`)).toBeNull();
    expect(plan([user('hello', `<system-reminder>${question}</system-reminder>`)], { tools: [WEATHER] })).toBeNull();
  });
});

describe('a choice that the program forces', () => {
  const forced = (only: string[] | null, tools = TOOLS) =>
    plan([user('Invent a person.')], { choice: { mode: 'required', only }, tools });

  it('is a call where it leaves one tool, which seems to change nothing', () => {
    expect(forced(['get_weather'])).toMatchObject({ name: 'get_weather', input: '{"city":"Paris"}' });
    expect(forced(null, [WEATHER])).toMatchObject({ name: 'get_weather' });
  });

  it('is a call of a tool that only describes data, as libraries force it for structured output', () => {
    const described = 'Correctly extracted `Person` with all the required parameters with correct types';
    const fields = ['name', 'type', 'description', 'created_at', 'start_date', 'post_code'];
    const person = tool('Person', described, Object.fromEntries(fields.map(field => [field, { type: 'string' }])));
    expect(forced(null, [person])).toMatchObject({ name: 'Person' });
  });

  it('is answered in words where there are several, or where the tool writes or runs', () => {
    expect(forced(null)).toBeNull();
    const typing = tool('enter', 'Types text into a field', { text: { type: 'string' } });
    for (const one of [WRITE, SHELL, HIDDEN, typing]) expect(forced(null, [one])).toBeNull();
  });

  it('is answered in words behind the result of a tool', () => {
    const turns = [user('x'), turn('tool', ['done'], { result: { callId: '1', name: 'get_weather' } })];
    expect(plan(turns, { choice: { mode: 'required', only: ['get_weather'] } })).toBeNull();
  });
});

it('finds the results that end the conversation, by the names of their tools', () => {
  const calls = [{ id: 'c1', name: 'get_weather', input: '{}' }];
  const result = turn('tool', ['rain'], { result: { callId: 'c1', name: '' } });
  expect(lastResults([user('x'), turn('assistant', [], { calls }), result])).toEqual([
    { name: 'get_weather', text: 'rain' },
  ]);
  const instructed = [user('x'), turn('assistant', [], { calls }), result, turn('system', ['Be brief.'])];
  expect(lastResults(instructed)).toEqual([{ name: 'get_weather', text: 'rain' }]);
});
