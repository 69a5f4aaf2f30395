import { asList, asObject, asString, isObject, type Json, type JsonObject } from '../../json/value.js';
import type { AssistantPart, NeutralResponse, TokenLogprob } from '../neutral/neutral.types.js';
import { readOpaque } from '../neutral/opaque.js';
import { toolCallId } from '../neutral/tool-calls.js';
import { ANSWER } from '../wire/field-reader.js';
import { LossList } from '../wire/loss-list.js';
import { decodeAnnotations } from './citations.js';
import { failureOf } from '../neutral/endings.js';
import { decodeFinish } from './finish-reason.js';
import { decodeMadeImage } from './media.js';
import { decodeLogprobList } from './logprobs.js';
import { readResponsesUsage } from './usage.js';

export function decodeResponsesAnswer(wire: JsonObject): NeutralResponse {
  const output = ANSWER.array(wire['output'], 'output');
  const id = typeof wire['id'] === 'string' ? wire['id'] : '';
  const losses = new LossList();
  const parts = output.flatMap((item, index) => (isObject(item) ? decodeItem(item, id, index, losses) : []));
  const logprobs = output.flatMap(item => (isObject(item) ? logprobsOf(item) : []));
  const holds = {
    calls: parts.some(part => part.type === 'tool-call'),
    refusal: parts.some(part => part.type === 'refusal'),
  };
  const { created_at: created } = wire;
  const finish = decodeFinish(wire, holds);
  return {
    id,
    model: typeof wire['model'] === 'string' ? wire['model'] : '',
    createdAt: typeof created === 'number' && Number.isFinite(created) ? Math.floor(created) : null,
    choices: [
      {
        index: 0,
        parts,
        finish,
        ...failureOf(finish, asObject(wire['error'])?.['code']),
        stopSequence: null,
        logprobs: logprobs.length > 0 ? logprobs : null,
      },
    ],
    usage: readResponsesUsage(wire['usage']),
    serviceTier: typeof wire['service_tier'] === 'string' ? wire['service_tier'] : null,
    ...(losses.losses.length > 0 && { losses: losses.losses }),
  };
}

/** Records of the vendor's own tools are left out and named: what they found stands in the text. */
function decodeItem(item: JsonObject, responseId: string, index: number, losses: LossList): AssistantPart[] {
  switch (item['type']) {
    case 'message':
      return decodeWords(item['content']);
    case 'function_call':
    case 'custom_tool_call':
      return [
        {
          type: 'tool-call',
          id: asString(item['call_id']) || toolCallId(responseId, index),
          name: ANSWER.name(item['name'], `output[${index}].name`),
          ...(item['type'] === 'custom_tool_call'
            ? { custom: true, arguments: asString(item['input']) }
            : { arguments: asString(item['arguments']) || '{}' }),
        },
      ];
    case 'reasoning':
      return decodeThought(item);
    case 'image_generation_call': {
      const image = decodeMadeImage(item);
      if (image === null) losses.addRecord(item['type']);
      return image === null ? [] : [image];
    }
    default:
      losses.addRecord(item['type']);
      return [];
  }
}

function decodeWords(content: Json | undefined): AssistantPart[] {
  return asList(content).flatMap((part): AssistantPart[] => {
    if (!isObject(part)) return [];
    if (part['type'] === 'refusal') return [{ type: 'refusal', text: asString(part['refusal']) }];
    if (part['type'] !== 'output_text') return [];
    const citations = decodeAnnotations(part['annotations']);
    return [{ type: 'text', text: asString(part['text']), ...(citations.length > 0 && { citations }) }];
  });
}

function decodeThought(item: JsonObject): AssistantPart[] {
  const encrypted = asString(item['encrypted_content']);
  const text = textsOf(item['summary']) || textsOf(item['content']);
  if (text === '' && encrypted === '') return [];
  const id = asString(item['id']);
  const opaque = encrypted === '' ? null : readOpaque(encrypted, 'openai');
  return [{ type: 'reasoning', text, opaque, redacted: false, ...(id !== '' && { id }) }];
}

function textsOf(entries: Json | undefined): string {
  return asList(entries)
    .flatMap(entry => (isObject(entry) ? [asString(entry['text'])] : []))
    .join('\n\n');
}

function logprobsOf(item: JsonObject): TokenLogprob[] {
  if (item['type'] !== 'message' || !Array.isArray(item['content'])) return [];
  return (item['content'] as readonly Json[]).flatMap(part =>
    isObject(part) ? decodeLogprobList(part['logprobs']) : [],
  );
}
