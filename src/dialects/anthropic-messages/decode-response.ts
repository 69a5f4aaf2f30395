import type { AssistantPart, Json, JsonObject, NeutralResponse } from '../neutral/neutral.types.js';
import { ANSWER, isObject } from '../wire/field-reader.js';
import { decodeCitations } from './citations.js';
import { thoughtOf } from './decode-content.js';
import { decodeStopReason } from './finish.js';
import { readMessagesUsage } from './usage.js';

export function decodeMessagesAnswer(wire: JsonObject): NeutralResponse {
  const content = ANSWER.array(wire['content'], 'content');
  const usage = isObject(wire['usage']) ? wire['usage'] : {};
  const { stop_sequence: sequence } = wire;
  return {
    id: textOf(wire['id']),
    model: textOf(wire['model']),
    createdAt: null,
    choices: [
      {
        index: 0,
        parts: content.flatMap((block, index) => (isObject(block) ? decodeBlock(block, index) : [])),
        finish: decodeStopReason(wire['stop_reason']),
        stopSequence: typeof sequence === 'string' ? sequence : null,
        logprobs: null,
      },
    ],
    usage: readMessagesUsage(usage),
    serviceTier: typeof usage['service_tier'] === 'string' ? usage['service_tier'] : null,
  };
}

/** Records of the vendor's own tools are passed over: what they found stands in the text. */
function decodeBlock(block: JsonObject, index: number): AssistantPart[] {
  switch (block['type']) {
    case 'text': {
      const citations = decodeCitations(block['citations']);
      return [{ type: 'text', text: textOf(block['text']), ...(citations.length > 0 && { citations }) }];
    }
    case 'thinking':
      return [thoughtOf(textOf(block['thinking']), textOf(block['signature']), false)];
    case 'redacted_thinking':
      return [thoughtOf('', textOf(block['data']), true)];
    case 'tool_use':
      return [
        {
          type: 'tool-call',
          id: ANSWER.name(block['id'], `content[${index}].id`),
          name: ANSWER.name(block['name'], `content[${index}].name`),
          arguments: JSON.stringify(block['input'] ?? {}),
        },
      ];
    default:
      return [];
  }
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
