import type { NeutralRequest } from '../neutral/neutral.types.js';
import { decodeResponsesRequest } from './decode-request.js';
import { encodeResponsesAnswer } from './encode-response.js';
import { ResponsesStreamEncoder } from './encode-stream.js';
import type { JsonObject } from '../../json/value.js';

const request: NeutralRequest = decodeResponsesRequest({ model: 'm', input: 'Hi' }).request;
const options = { model: 'm', requestId: 'r', now: 1, streamUsage: true, request };
const signature = { origin: 'gemini', value: 'c2VhbA==' } as const;
const call = (id: string) => ({ type: 'tool-call', id, name: 'f', arguments: '{}' }) as const;

function whole(): JsonObject[] {
  const parts = [{ ...call('call_1'), signature }, call('call_2')];
  const choice = { index: 0, parts, finish: 'tool-calls', stopSequence: null, logprobs: null } as const;
  const answer = { id: 'x', model: 'm', createdAt: 1, choices: [choice], usage: null, serviceTier: null };
  return encodeResponsesAnswer(answer, options).wire['output'] as JsonObject[];
}

/** @param late the signature comes behind the arguments */
function streamed(late: boolean): JsonObject[] {
  const encoder = new ResponsesStreamEncoder(options);
  const told = [
    encoder.push({ type: 'part-start', choice: 0, part: 0, start: { type: 'tool-call', id: 'call_1', name: 'f' } }),
    encoder.push({ type: 'part-delta', choice: 0, part: 0, text: '{}', ...(!late && { signature }) }),
    encoder.push({ type: 'part-delta', choice: 0, part: 0, text: '', ...(late && { signature }) }),
    encoder.push({ type: 'part-end', choice: 0, part: 0 }),
    encoder.push({ type: 'part-start', choice: 0, part: 1, start: { type: 'tool-call', id: 'call_2', name: 'f' } }),
    encoder.push({ type: 'part-end', choice: 0, part: 1 }),
    encoder.end(),
  ];
  const last =
    told
      .join('')
      .split('\n')
      .findLast(line => line.startsWith('data: ')) ?? '';
  return (JSON.parse(last.slice(6)) as { response: { output: JsonObject[] } }).response.output;
}

const result = (id: string): JsonObject => ({ type: 'function_call_output', call_id: id, output: 'Done.' });

describe.each([
  ['a whole answer', whole(), 'reasoning'],
  ['a stream', streamed(false), 'reasoning'],
  ['a stream that was signed late', streamed(true), 'function_call'],
])('the signature of a call in %s', (_, output, first) => {
  it('stands before its call, where it was known then', () => {
    expect(output.map(({ type }) => type)).toHaveLength(3);
    expect(output[0]).toMatchObject({ type: first });
  });

  const seal = output.find(({ type }) => type === 'reasoning') as JsonObject;
  const [one, two] = output.filter(({ type }) => type === 'function_call') as [JsonObject, JsonObject];
  it.each([
    ['as it came', [...output, result('call_1'), result('call_2')]],
    ['behind the results', [one, two, result('call_1'), result('call_2'), seal]],
    ['behind a result', [one, result('call_1'), seal, two, result('call_2')]],
    ['before all', [seal, two, one, result('call_1'), result('call_2')]],
    ['between the calls', [two, seal, one, result('call_1'), result('call_2')]],
  ])('comes back to its call and to no other: %s', (__, input) => {
    const { turns } = decodeResponsesRequest({
      model: 'm',
      input: [{ role: 'user', content: 'Hi' }, ...input],
    }).request;
    const parts = turns.flatMap<{ type: string; id?: string; signature?: unknown }>(turn => turn.parts);
    const calls = parts.filter(({ type }) => type === 'tool-call');
    expect(Object.fromEntries(calls.map(({ id, signature: told }) => [id, told]))).toEqual({
      call_1: signature,
      call_2: undefined,
    });
    expect(parts.some(({ type }) => type === 'reasoning')).toBe(false);
  });
});
