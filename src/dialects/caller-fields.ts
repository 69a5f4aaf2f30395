import type { ChatDialect, Loss, NeutralRequest, Placed } from './neutral/neutral.types.js';
import { RequestFieldError } from './request-field-error.js';

/** A field of the neutral form, or of one thing in it, by the names that a caller may know it by: the first one that it said. */
type Names = Readonly<Record<string, readonly string[]>>;

interface FieldNames {
  /** of the request; a name that is missing is the caller's own */
  readonly request: Names;
  /** of a part, a turn or a tool, within it; '' where it has no name of its own */
  readonly within: Readonly<Record<string, string>>;
}

const OPENAI_USER = ['safety_identifier', 'user'] as const;

/** How each dialect calls what encoders name in losses and refusals. */
const FIELD_NAMES: Readonly<Record<ChatDialect, FieldNames>> = {
  chat_completions: {
    request: {
      turns: ['messages'],
      user: OPENAI_USER,
      citations: ['annotations'],
      tool_choice: ['tool_choice', 'function_call'],
      'output.schema': ['response_format.json_schema.schema'],
      'output.description': ['response_format.json_schema.description'],
      reasoning: ['reasoning_effort', 'thinking', 'reasoning'],
      'reasoning.effort': ['reasoning_effort', 'reasoning.effort', 'thinking'],
      'reasoning.budget_tokens': ['thinking.budget_tokens', 'reasoning.max_tokens', 'reasoning_effort'],
      'reasoning.summary': ['reasoning.summary', 'thinking.display', 'reasoning_effort'],
    },
    within: {
      arguments: 'function.arguments',
      parameters: 'function.parameters',
      format: 'custom.format',
      signature: 'extra_content',
      citations: 'annotations',
      detail: 'image_url.detail',
      name: 'file.filename',
      is_error: '',
    },
  },
  anthropic_messages: {
    request: {
      turns: ['messages'],
      stop: ['stop_sequences'],
      user: ['metadata.user_id'],
      parallel_tool_calls: ['tool_choice.disable_parallel_tool_use'],
      response_format: ['output_config.format', 'output_format'],
      'output.schema': ['output_config.format.schema', 'output_format.schema'],
      reasoning: ['thinking', 'output_config.effort'],
      'reasoning.effort': ['output_config.effort', 'thinking'],
      'reasoning.budget_tokens': ['thinking.budget_tokens', 'output_config.effort'],
      'reasoning.summary': ['thinking.display', 'output_config.effort'],
    },
    within: { arguments: 'input', parameters: 'input_schema', name: 'title', signature: '', detail: '' },
  },
  openai_responses: {
    request: {
      turns: ['input'],
      user: OPENAI_USER,
      citations: ['annotations'],
      logprobs: ['top_logprobs', 'include'],
      verbosity: ['text.verbosity'],
      response_format: ['text.format'],
      'output.schema': ['text.format.schema'],
      'output.description': ['text.format.description'],
      'reasoning.budget_tokens': ['reasoning.effort'],
    },
    within: { name: 'filename', signature: '', citations: 'annotations', is_error: 'status' },
  },
  gemini_generate_content: {
    request: {
      turns: ['contents'],
      ...config({
        stop: 'stopSequences',
        temperature: 'temperature',
        top_p: 'topP',
        top_k: 'topK',
        seed: 'seed',
        n: 'candidateCount',
        frequency_penalty: 'frequencyPenalty',
        presence_penalty: 'presencePenalty',
        logprobs: 'responseLogprobs',
        response_format: 'responseMimeType',
        'output.schema': 'responseJsonSchema',
        max_tokens: 'maxOutputTokens',
        reasoning: 'thinkingConfig',
        'reasoning.effort': 'thinkingConfig.thinkingLevel',
        'reasoning.budget_tokens': 'thinkingConfig.thinkingBudget',
        'reasoning.summary': 'thinkingConfig.includeThoughts',
      }),
      metadata: ['labels'],
      service_tier: ['serviceTier', 'service_tier'],
      tool_choice: ['toolConfig.functionCallingConfig', 'tool_config.function_calling_config'],
    },
    within: {
      arguments: 'functionCall.args',
      signature: 'thoughtSignature',
      name: 'inlineData.displayName',
      detail: 'mediaResolution',
      is_error: 'functionResponse.response',
      citations: '',
    },
  },
};

/** What a whole turn has, by the same name in every dialect. */
const OF_TURNS: ReadonlySet<string> = new Set(['name', 'role']);

/** A function and a call of the chat API's first form: what they hold stands in them directly. */
const FIRST_FORM = /^functions\[\d+\]$|\.function_call$/;

/** Of Google's `generationConfig`, whose name may be spelt in two ways. */
function config(names: Readonly<Record<string, string>>): Names {
  return Object.fromEntries(
    Object.entries(names).map(([field, name]) => [field, [`generationConfig.${name}`, `generation_config.${name}`]]),
  );
}

/** What the caller of a request knows its fields by. */
export class CallerFields {
  private places: Places | null = null;

  /** @param said the fields that stand at the top of the caller's request */
  constructor(
    private readonly dialect: ChatDialect,
    private readonly request: NeutralRequest,
    private readonly said: ReadonlySet<string>,
  ) {}

  /** Losses of an encoder, each by the caller's own path. */
  named(losses: readonly Loss[]): readonly Loss[] {
    return losses.map(({ field, reason }) => ({ field: this.nameOf(field), reason }));
  }

  /** What an encoder makes, with its refusal in the caller's words. @throws {RequestFieldError} */
  naming<Made>(make: () => Made): Made {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof RequestFieldError)) throw error;
      const name = this.nameOf(error.field);
      throw new RequestFieldError(
        name,
        error.message.replace(error.field, () => name),
      );
    }
  }

  private nameOf(field: string): string {
    const names = FIELD_NAMES[this.dialect].request[field];
    if (names === undefined) return this.within(field);
    return names.find(name => this.said.has(name.split('.', 1)[0] ?? name)) ?? names[0] ?? field;
  }

  /** Of a path into a part, a turn or a tool, the rest as the dialect calls it there. */
  private within(field: string): string {
    this.places ??= placesOf(this.request);
    for (let dot = field.lastIndexOf('.'); dot > 0; dot = field.lastIndexOf('.', dot - 1)) {
      const place = field.slice(0, dot);
      const kind = this.places.get(place);
      if (kind === undefined) continue;
      const [key = '', ...rest] = field.slice(dot + 1).split('.');
      const isOwn = FIRST_FORM.test(place) || (kind === 'turn' && OF_TURNS.has(key));
      const name = isOwn ? key : (FIELD_NAMES[this.dialect].within[key] ?? key);
      return [place, ...(name === '' ? [] : [name, ...rest])].join('.');
    }
    return field;
  }
}

/** What stands at each place of the caller's request. */
type Places = ReadonlyMap<string, 'turn' | 'part'>;

function placesOf({ instructions, turns, tools }: NeutralRequest): Places {
  const places = new Map<string, 'turn' | 'part'>();
  const note = ({ at }: Placed, kind: 'turn' | 'part' = 'part') => {
    if (at !== undefined && !places.has(at)) places.set(at, kind);
  };
  for (const placed of [...instructions, ...tools]) note(placed);
  for (const turn of turns) {
    note(turn, 'turn');
    for (const part of turn.parts) {
      note(part);
      if (part.type === 'tool-result') for (const item of part.content) note(item);
    }
  }
  return places;
}
