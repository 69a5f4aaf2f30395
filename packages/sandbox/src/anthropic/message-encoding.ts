import { randomUUID } from 'node:crypto';
import type { ContentBlock, Message, StopReason, Usage } from 'anthropic-sdk/resources/messages/messages';
import type { AnsweredCall, AnsweredChoice, ModelAnswer } from '../answer.js';
import type { UsageFault } from '../fault-plan.js';
import { seal } from '../seal.js';
import type { Thought } from '../thought.js';
import { type ReportedUsage, reportedUsage } from '../usage-fault.js';
import { REDACTED_SEAL, THINKING_SEAL } from './messages-conversation.js';
import type { MessagesRequest } from './messages.types.js';

/** What opens a message, whole or streamed. Fields of features that were not used are absent, as they are on the wire. */
export function emptyMessage(request: MessagesRequest): Partial<Message> {
  return {
    id: `msg_${randomUUID().replaceAll('-', '').slice(0, 24)}`,
    type: 'message',
    role: 'assistant',
    model: request.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    // Only those who manage their context get to hear what became of it.
    ...('context_management' in request && { context_management: { applied_edits: [] } }),
  };
}

/** The answer as one message. */
export function encodeMessage(request: MessagesRequest, answer: ModelAnswer, fault?: UsageFault): object {
  const [choice] = answer.choices;
  const usage = reportedUsage(answer, fault);
  return {
    ...emptyMessage(request),
    content: contentOf(request, choice),
    stop_reason: stopReasonOf(choice),
    stop_sequence: choice.stopSequence,
    ...(usage && { usage: encodeUsage(usage) }),
  };
}

function contentOf(request: MessagesRequest, choice: AnsweredChoice): WireBlock[] {
  const { thought, pieces, calls } = choice;
  return [
    ...(thought ? [thoughtBlock(request, thought)] : []),
    ...(pieces.length > 0 ? [{ type: 'text' as const, text: joined(pieces) }] : []),
    ...calls.map(call => ({ ...openToolUse(call), input: inputOf(call) })),
  ];
}

/** Text without citations does not name them, whatever the SDK's type says. */
type WireBlock = Exclude<ContentBlock, { type: 'text' }> | { type: 'text'; text: string };

function joined(pieces: ReadonlyArray<{ text: string }>): string {
  return pieces.map(piece => piece.text).join('');
}

/** A thought as it is shown: whole, without its words, or not at all. */
export function thoughtBlock(
  { thinking }: MessagesRequest,
  thought: Thought,
): Extract<ContentBlock, { type: 'thinking' | 'redacted_thinking' }> {
  const words = joined(thought.pieces);
  if (thought.isRedacted) return { type: 'redacted_thinking', data: seal(REDACTED_SEAL, '', words) };
  const isOmitted = thinking !== undefined && 'display' in thinking && thinking.display === 'omitted';
  const shown = isOmitted ? '' : words;
  return { type: 'thinking', thinking: shown, signature: seal(THINKING_SEAL, shown, words) };
}

/** A call before anything of its input is known. */
export function openToolUse({ id, name }: AnsweredCall): Extract<ContentBlock, { type: 'tool_use' }> {
  return { type: 'tool_use', id: id.replace(/^call_/, 'toolu_'), name, input: {}, caller: { type: 'direct' } };
}

/** Input that the token limit cut off is no JSON any more. */
function inputOf({ input }: AnsweredCall): unknown {
  try {
    return JSON.parse(input);
  } catch {
    return {};
  }
}

export function stopReasonOf({ finishReason, stopSequence }: AnsweredChoice): StopReason {
  if (finishReason === 'length') return 'max_tokens';
  if (finishReason !== 'stop') return 'tool_use';
  return stopSequence === null ? 'end_turn' : 'stop_sequence';
}

export function encodeUsage({ input, output, reasoning }: ReportedUsage): Omit<Usage, 'server_tool_use'> {
  return {
    input_tokens: input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { thinking_tokens: reasoning },
    service_tier: 'standard',
    inference_geo: 'not_available',
    speed: 'standard',
  };
}
