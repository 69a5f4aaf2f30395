import { forwardedRequestHeaders, type HeaderRules } from './request-headers.js';

const RULES: HeaderRules = { dialect: 'chat_completions', native: true, stream: false, builtIn: false, betaFlags: [] };
const OURS = ['accept-encoding', 'identity', 'content-type', 'application/json'];
const CALLER = {
  authorization: 'Bearer test-token',
  cookie: 'a=b',
  accept: 'text/plain',
  'user-agent': 'agent/1',
  'content-type': 'text/json',
  'accept-encoding': 'br',
  'anthropic-version': '2099-01-01',
  'x-bough-sandbox-fault': 'slow',
};
const MESSAGES = { dialect: 'anthropic_messages' } as const;

describe('the headers of a request to an upstream', () => {
  it.each<[string, NodeJS.Dict<string | string[]>, Partial<HeaderRules>, string[]]>([
    ['what the caller accepts and who it is', CALLER, {}, ['accept', 'text/plain', 'user-agent', 'agent/1']],
    ['JSON where it says nothing', {}, {}, ['accept', 'application/json']],
    ['events where it says nothing of a stream', {}, { stream: true }, ['accept', 'text/event-stream']],
    ['nothing that was said twice', { 'user-agent': ['a', 'b'] }, {}, ['accept', 'application/json']],
    [
      'what is accepted of a translated answer, and who asked',
      CALLER,
      { native: false },
      ['accept', 'application/json', 'user-agent', 'agent/1'],
    ],
    ['the same of a translated stream', {}, { native: false, stream: true }, ['accept', 'text/event-stream']],
    [
      'the caller’s version of Messages',
      CALLER,
      MESSAGES,
      ['accept', 'text/plain', 'user-agent', 'agent/1', 'anthropic-version', '2099-01-01'],
    ],
    [
      'the version that everyone knows where a caller of Messages names none',
      {},
      MESSAGES,
      ['accept', 'application/json', 'anthropic-version', '2023-06-01'],
    ],
    [
      'that version where the caller speaks another dialect',
      CALLER,
      { ...MESSAGES, native: false },
      ['accept', 'application/json', 'user-agent', 'agent/1', 'anthropic-version', '2023-06-01'],
    ],
    [
      'the flags that are passed',
      {},
      { ...MESSAGES, betaFlags: ['a-1', 'b-2'] },
      ['accept', 'application/json', 'anthropic-version', '2023-06-01', 'anthropic-beta', 'a-1,b-2'],
    ],
    ['none of them in another dialect', {}, { betaFlags: ['a-1'] }, ['accept', 'application/json']],
    [
      'the sandbox’s fault, for the sandbox',
      { 'x-bough-sandbox-fault': 'slow' },
      { builtIn: true },
      ['accept', 'application/json', 'x-bough-sandbox-fault', 'slow'],
    ],
    ['no fault where none is asked for', {}, { builtIn: true }, ['accept', 'application/json']],
  ])('are ours, and %s', (_, caller, rules, headers) => {
    expect(forwardedRequestHeaders(caller, { ...RULES, ...rules })).toEqual([...OURS, ...headers]);
  });
});
