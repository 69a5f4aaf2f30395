import type { MessageCreateParamsBase } from 'anthropic-sdk/resources/messages/messages';

/** A checked request, with the sampling fields that the newest SDK leaves out. */
export interface MessagesRequest extends MessageCreateParamsBase {
  temperature?: number;
  top_k?: number;
  top_p?: number;
}
