import type { NeutralEvent } from '../../src/dialects/neutral/neutral-event.js';
import type {
  AssistantPart,
  NeutralChoice,
  NeutralResponse,
  Opaque,
  ReasoningPart,
  ToolCallPart,
} from '../../src/dialects/neutral/neutral.types.js';
import type { Chance } from './chance.js';

const opaque = (chance: Chance, origins: readonly Opaque['origin'][]): Opaque => ({
  origin: chance.pick(origins),
  value: chance.name('c2ln'),
});

/** A whole answer with parts in the order in which this dialect tells them. */
export function answer(chance: Chance, choices = chance.int(1, 3)): NeutralResponse {
  return {
    id: chance.name('c-'),
    model: 'some-model',
    createdAt: chance.int(1, 2e9),
    serviceTier: chance.pick([null, 'default']),
    usage: {
      input: chance.int(0, 99),
      cacheRead: chance.int(0, 99),
      cacheWrite: chance.int(0, 9),
      output: 50 + chance.int(0, 99),
      reasoning: chance.int(0, 50),
    },
    choices: Array.from({ length: choices }, (_, index) => choiceOf(chance, index)),
  };
}

function choiceOf(chance: Chance, index: number): NeutralChoice {
  const calls = chance.list(0, 3, (): ToolCallPart => ({
    type: 'tool-call',
    id: chance.name('call_'),
    name: chance.name('tool_'),
    arguments: chance.json(),
    ...(chance.maybe(0.3) && { signature: opaque(chance, ['gemini', 'anthropic', 'openai', 'other']) }),
  }));
  const refusal = chance.maybe(0.2) ? [{ type: 'refusal' as const, text: chance.text() }] : [];
  const text = chance.maybe(0.7) ? [textOf(chance)] : [];
  const plain = refusal.length > 0 ? ('refusal' as const) : ('stop' as const);
  return {
    index,
    parts: [...chance.list(0, 3, () => thoughtOf(chance)), ...text, ...refusal, ...calls],
    finish: chance.pick(['length', 'content-filter', calls.length > 0 ? 'tool-calls' : plain]),
    stopSequence: null,
    logprobs:
      chance.maybe(0.3) && text.length > 0
        ? chance.list(1, 3, () => ({
            token: chance.text(),
            logprob: -chance.next(),
            bytes: chance.pick([null, [65]]),
            top: [{ token: 'b', logprob: -9, bytes: null }],
          }))
        : null,
  };
}

function textOf(chance: Chance): AssistantPart {
  const text = chance.text();
  const cited = { url: 'https://example.test', title: 'T', start: 0, end: text.length, text: null };
  const value = {
    type: 'url_citation',
    url_citation: { url: cited.url, title: 'T', start_index: 0, end_index: text.length },
  };
  return {
    type: 'text',
    text,
    ...(chance.maybe(0.2) && { citations: [{ ...cited, wire: { dialect: 'chat_completions', value } as const }] }),
    ...(chance.maybe(0.2) && { signature: opaque(chance, ['gemini', 'other']) }),
  };
}

function thoughtOf(chance: Chance): ReasoningPart {
  const signature = opaque(chance, ['anthropic', 'openai', 'gemini', 'other']);
  const id = chance.maybe(0.3) ? { id: chance.name('rs_') } : {};
  if (chance.maybe(0.25)) return { type: 'reasoning', text: '', opaque: signature, redacted: true, ...id };
  const signed = chance.maybe();
  const text = signed && chance.maybe(0.2) ? '' : chance.text();
  return { type: 'reasoning', text, opaque: signed ? signature : null, redacted: false, ...id };
}

/** The answer as a stream: texts one after the other, calls side by side, choices side by side. */
export function eventsOf(chance: Chance, response: NeutralResponse): NeutralEvent[] {
  const { id, model, createdAt, serviceTier, usage } = response;
  const lines = response.choices.map(choice => choiceEvents(chance, choice));
  const usages: NeutralEvent[] = usage === null ? [] : [{ type: 'usage', usage }];
  return [{ type: 'start', id, model, createdAt, serviceTier, usage: null }, ...interleave(chance, lines), ...usages];
}

function choiceEvents(
  chance: Chance,
  { index: choice, parts, finish, logprobs, stopSequence }: NeutralChoice,
): NeutralEvent[] {
  const told = parts.map((part, number) => partEvents(chance, choice, number, part, logprobs));
  const firstCall = parts.findIndex(part => part.type === 'tool-call');
  const before = firstCall < 0 ? told.length : firstCall;
  const calls = told.slice(before);
  // Calls open in their order and go on side by side.
  const opened = calls.map(([open]) => open as NeutralEvent);
  return [
    ...told.slice(0, before).flat(),
    ...opened,
    ...interleave(
      chance,
      calls.map(events => events.slice(1)),
    ),
    { type: 'finish', choice, reason: finish, stopSequence },
  ];
}

function partEvents(
  chance: Chance,
  choice: number,
  part: number,
  whole: AssistantPart,
  logprobs: NeutralChoice['logprobs'],
): NeutralEvent[] {
  const at = { choice, part };
  const delta = (fields: object): NeutralEvent => ({ type: 'part-delta', ...at, text: '', ...fields });
  const end: NeutralEvent = { type: 'part-end', ...at };
  const pieces = (text: string): NeutralEvent[] => chance.pieces(text).map(piece => delta({ text: piece }));
  switch (whole.type) {
    case 'text':
      return [
        { type: 'part-start', ...at, start: { type: 'text' } },
        ...pieces(whole.text),
        ...(logprobs === null ? [] : [delta({ logprobs })]),
        ...(whole.citations === undefined ? [] : [delta({ citations: whole.citations })]),
        ...(whole.signature === undefined ? [] : [delta({ signature: whole.signature })]),
        end,
      ];
    case 'reasoning': {
      const { redacted, id } = whole;
      return [
        { type: 'part-start', ...at, start: { type: 'reasoning', redacted, ...(id !== undefined && { id }) } },
        ...pieces(whole.text),
        ...(whole.opaque === null ? [] : [delta({ signature: whole.opaque })]),
        end,
      ];
    }
    case 'refusal':
      return [{ type: 'part-start', ...at, start: { type: 'refusal' } }, ...pieces(whole.text), end];
    case 'tool-call': {
      const { id, name, signature } = whole;
      const text = whole.arguments === '{}' && chance.maybe() ? [] : pieces(whole.arguments);
      const signed = signature === undefined ? [] : [delta({ signature })];
      return [{ type: 'part-start', ...at, start: { type: 'tool-call', id, name } }, ...text, ...signed, end];
    }
    case 'media':
      return [{ type: 'part-start', ...at, start: { type: 'media', media: whole } }, end];
  }
}

function interleave(chance: Chance, lines: readonly (readonly NeutralEvent[])[]): NeutralEvent[] {
  const rest = lines.map(line => [...line]).filter(line => line.length > 0);
  const mixed: NeutralEvent[] = [];
  while (rest.length > 0) {
    const line = chance.pick(rest);
    mixed.push(...line.splice(0, chance.int(1, 3)));
    if (line.length === 0) rest.splice(rest.indexOf(line), 1);
  }
  return mixed;
}
