import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import { forRequest } from '../../src/dialects/for-request.js';
import type { Codec } from '../../src/dialects/neutral/codec.js';
import type { AssistantPart, ChatDialect, Turn, UserPart } from '../../src/dialects/neutral/neutral.types.js';
import { asList, asObject, isObject, type Json, type JsonObject } from '../../src/json/value.js';
import { Chance } from '../support/chance.js';
import { DIALECTS } from '../support/golden-translations.js';
import { PLAIN } from './features.js';

/**
 * Whatever order a caller's history has, each vendor is sent one that it takes: random histories with results before their
 * calls, without a call, twice, none at all, media of the assistant, instructions anywhere.
 */
const OPTIONS = {
  model: 'm',
  defaultMaxTokens: 4_096,
  streamUsage: true,
  adaptiveThinking: false,
  thinkingLevels: false,
};
const write = (to: ChatDialect, turns: readonly Turn[]) => {
  const request = { ...PLAIN, turns };
  return forRequest(DESCRIPTORS[to].codec as Codec, request).encodeRequest(request, OPTIONS);
};

const text = (words: string) => ({ type: 'text' as const, text: words });
const image = {
  type: 'media' as const,
  kind: 'image' as const,
  source: { type: 'base64' as const, mediaType: 'image/png', data: 'iVBORw0KGgo=' },
};
const call = (id: string) => ({ type: 'tool-call' as const, id, name: 'look', arguments: '{}' });
const result = (callId: string) => ({
  type: 'tool-result' as const,
  callId,
  name: 'look',
  content: [text(`result ${callId}`)],
  isError: false,
});

function historyOf(chance: Chance): Turn[] {
  const id = () => `c${chance.int(0, 4)}`;
  const ofUser = (): UserPart => chance.pick([text('words'), text(''), image, result(id()), result(id())]);
  const ofAssistant = (): AssistantPart => chance.pick([text('said'), text(''), image, call(id()), call(id())]);
  const turns = chance.list(1, 8, (): Turn => {
    const role = chance.pick(['user', 'user', 'assistant', 'assistant', 'system'] as const);
    if (role === 'user') return { role, parts: chance.list(1, 3, ofUser) };
    if (role === 'assistant') return { role, parts: chance.list(1, 3, ofAssistant) };
    return { role, parts: [text('Be short.')] };
  });
  return [...turns, { role: 'user', parts: [text('end')] }];
}

const objects = (value: Json | undefined): JsonObject[] => asList(value).filter(isObject);
const sorted = (ids: readonly unknown[]) => [...ids].map(String).toSorted();
const same = (one: readonly unknown[], other: readonly unknown[]) => String(sorted(one)) === String(sorted(other));

/** What is wrong with the order, by the vendor's own rules; null for nothing. */
const PROBLEM: Readonly<Record<ChatDialect, (wire: JsonObject) => string | null>> = {
  // "An assistant message with tool_calls must be followed by tool messages responding to each tool_call_id."
  chat_completions: ({ messages }) => {
    let open: unknown[] = [];
    for (const message of objects(messages)) {
      if (message['role'] === 'tool') {
        if (!open.includes(message['tool_call_id'])) return 'a result without a call before it';
        open = open.filter(id => id !== message['tool_call_id']);
        continue;
      }
      if (open.length > 0) return 'a call without a result behind it';
      open = objects(message['tool_calls']).map(({ id }) => id);
      if (new Set(open).size < open.length) return 'an id twice';
    }
    return open.length > 0 ? 'a call without a result at the end' : null;
  },
  anthropic_messages: ({ messages }) => {
    const all = objects(messages);
    const seen = new Set<unknown>();
    for (const [index, { role, content }] of all.entries()) {
      if (role !== (index % 2 === 0 ? 'user' : 'assistant')) return 'roles do not alternate, the user first';
      const blocks = objects(content);
      const idsOf = (type: string, key: string, of = blocks) =>
        of.filter(each => each['type'] === type).map(each => each[key]);
      const before = idsOf('tool_use', 'id', objects(all[index - 1]?.['content']));
      const results = idsOf('tool_result', 'tool_use_id');
      if (role === 'user' && !same(before, results)) return 'results are not those of the calls before';
      if (blocks.slice(0, results.length).some(({ type }) => type !== 'tool_result')) return 'words before results';
      for (const id of idsOf('tool_use', 'id')) {
        if (seen.has(id)) return 'an id twice';
        seen.add(id);
      }
    }
    return objects(all.at(-1)?.['content']).some(({ type }) => type === 'tool_use') ? 'a call at the end' : null;
  },
  // "No tool output found for function call" and "No tool call found for function call output".
  openai_responses: ({ input }) => {
    const open = new Set<unknown>();
    const seen = new Set<unknown>();
    for (const { type, call_id: id } of objects(input)) {
      if (type === 'function_call') {
        if (seen.has(id)) return 'an id twice';
        seen.add(id);
        open.add(id);
      } else if (type === 'function_call_output') {
        if (!open.delete(id)) return 'a result without a call before it';
      }
    }
    return open.size > 0 ? 'a call without a result' : null;
  },
  // "The number of function response parts must equal that of the function call parts of the turn before."
  gemini_generate_content: ({ contents }) => {
    const all = objects(contents);
    for (const [index, { role, parts }] of all.entries()) {
      if (role !== (index % 2 === 0 ? 'user' : 'model')) return 'roles do not alternate, the user first';
      const idsOf = (key: string, of = objects(parts)) => of.flatMap(part => asObject(part[key])?.['id'] ?? []);
      const before = idsOf('functionCall', objects(all[index - 1]?.['parts']));
      if (role === 'user' && !same(before, idsOf('functionResponse')))
        return 'responses are not those of the calls before';
    }
    return objects(all.at(-1)?.['parts']).some(part => 'functionCall' in part) ? 'a call at the end' : null;
  },
};

describe.each(DIALECTS)('a history for %s', to => {
  it('has an order that the vendor takes, whatever the caller’s', () => {
    for (let seed = 1; seed <= 500; seed += 1) {
      const turns = historyOf(new Chance(seed));
      expect([seed, PROBLEM[to](write(to, turns).wire)]).toEqual([seed, null]);
    }
  });

  it('keeps every result, and names each one that moved', () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const turns = historyOf(new Chance(seed));
      const { wire, losses } = write(to, turns);
      const written = JSON.stringify(wire);
      const results = turns.flatMap(({ parts }) => (parts as UserPart[]).filter(part => part.type === 'tool-result'));
      for (const { callId } of results)
        expect([seed, written]).toEqual([seed, expect.stringContaining(`result ${callId}`)]);
      const known = new Set<string>();
      let lone = 0;
      for (const { parts } of turns) {
        for (const part of parts as (UserPart | AssistantPart)[]) {
          if (part.type === 'tool-call') known.add(part.id);
          else if (part.type === 'tool-result' && !known.has(part.callId)) lone += 1;
        }
      }
      const named = losses.filter(({ reason }) => /^(?:stands before|answers no)/.test(reason));
      expect(named.length).toBeGreaterThanOrEqual(lone);
    }
  });
});

describe('media of the assistant', () => {
  const turns: Turn[] = [
    { role: 'user', parts: [text('Draw.')], at: 'messages[0]' },
    {
      role: 'assistant',
      parts: [text('Here:'), { ...image, at: 'messages[1].content[1]' }, call('c')],
      at: 'messages[1]',
    },
    { role: 'user', parts: [result('c'), text('Bluer.')], at: 'messages[2]' },
  ];

  it.each(DIALECTS)('are shown to %s, and named where the user shows them in its place', to => {
    const { wire, losses } = write(to, turns);
    expect(JSON.stringify(wire)).toContain('iVBORw0KGgo=');
    const expected = to === 'gemini_generate_content' ? [] : ['messages[1].content[1]'];
    expect(losses.map(({ field }) => field)).toEqual(expected);
  });
});
