/** The bodies of requests as the vendors' SDKs type them: the strict provider's JSON Schemas are made of these. */
import type { MessageCreateParams as BetaMessageCreateParams } from 'anthropic-sdk/resources/beta/messages/messages';
import type { MessageCountTokensParams, MessageCreateParams } from 'anthropic-sdk/resources/messages/messages';
import type { Content, GenerationConfig, SafetySetting, ServiceTier, Tool, ToolConfig } from 'genai3';
import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionCreateParamsBase,
  ChatCompletionMessage,
  ChatCompletionMessageParam,
} from 'openai7/resources/chat/completions/completions';
import type {
  EasyInputMessage,
  FunctionTool,
  ResponseCreateParamsBase,
  ResponseInputItem,
  ResponseOutputMessage,
  ResponseReasoningItem,
  Tool as ResponsesTool,
} from 'openai7/resources/responses/responses';

/** An answer's message goes back as it came: with the annotations that every one has, which the type of a request lacks. */
export interface Chat extends Omit<ChatCompletionCreateParamsBase, 'messages'> {
  messages: (ChatCompletionMessageParam | SaidInChat)[];
}

interface SaidInChat extends ChatCompletionAssistantMessageParam {
  annotations?: ChatCompletionMessage.Annotation[];
}

/**
 * OpenAI's own agent (Codex) sends what the types do not have: `client_metadata`, ids of messages, thoughts whose content is null, and
 * no ids of what the model said before. A made-up id is refused where a seal was made for another, so a caller who knows none sends none.
 * Its own agents' kit leaves out whether a function is strict.
 */
export interface Responses extends Omit<ResponseCreateParamsBase, 'input' | 'tools'> {
  tools?: (ResponsesTool | Omit<FunctionTool, 'strict'>)[];
  input?: string | (ResponseInputItem | MessageWithId | SaidBefore)[];
  client_metadata?: Record<string, string>;
}

interface MessageWithId extends EasyInputMessage {
  id?: string;
}

type SaidBefore = Thought | Omit<ResponseOutputMessage, 'id' | 'status'>;

interface Thought extends Omit<ResponseReasoningItem, 'id' | 'content'> {
  id?: string;
  content?: ResponseReasoningItem['content'] | null;
}

export type Messages = MessageCreateParams;
/** With an `anthropic-beta` header. */
export type BetaMessages = BetaMessageCreateParams;
export type CountTokens = MessageCountTokensParams;

/** The SDK types its own parameters; this is what it makes of them on the wire. */
export interface GenerateContent {
  contents: Content[];
  systemInstruction?: Content;
  tools?: Tool[];
  toolConfig?: ToolConfig;
  safetySettings?: SafetySetting[];
  generationConfig?: GenerationConfig;
  cachedContent?: string;
  serviceTier?: ServiceTier;
  labels?: Record<string, string>;
}
