import { isList, isObject, type Json, type JsonObject } from '../json/value.js';
import type { Encoded } from './neutral/codec.js';
import type { ChatDialect } from './neutral/neutral.types.js';
import { RequestFieldError } from './request-field-error.js';

/**
 * A field of the neutral form, or of one thing in it, by the paths that a caller may have said it by: of those that stand in
 * its request the first one counts. A name that is missing is the caller's own.
 */
type Names = Readonly<Record<string, readonly string[]>>;

interface FieldNames {
  /** of the request */
  readonly request: Names;
  /** of a part, a turn or a tool, within it; '' where it has no name of its own */
  readonly within: Names;
}

const OPENAI_USER = ['safety_identifier', 'user'] as const;

/** How each dialect calls what encoders name in losses and refusals. */
const FIELD_NAMES: Readonly<Record<ChatDialect, FieldNames>> = {
  chat_completions: {
    request: {
      turns: ['messages'],
      user: OPENAI_USER,
      citations: ['annotations'],
      tools: ['tools', 'functions'],
      tool_choice: ['tool_choice', 'function_call'],
      max_output_tokens: ['max_completion_tokens', 'max_tokens'],
      'output.schema': ['response_format.json_schema.schema'],
      'output.description': ['response_format.json_schema.description'],
      'output.name': ['response_format.json_schema.name'],
      logprobs: ['logprobs', 'top_logprobs'],
      reasoning: ['reasoning_effort', 'thinking', 'reasoning'],
      'reasoning.mode': ['reasoning.enabled', 'thinking.type', 'reasoning_effort', 'reasoning.effort'],
      'reasoning.effort': ['reasoning.effort', 'reasoning_effort', 'thinking.type'],
      'reasoning.budget_tokens': ['reasoning.max_tokens', 'thinking.budget_tokens', 'reasoning_effort'],
      'reasoning.summary': ['reasoning.summary', 'reasoning.exclude', 'thinking.display', 'thinking.type'],
    },
    within: {
      arguments: ['function.arguments', 'arguments'],
      parameters: ['function.parameters', 'parameters'],
      strict: ['function.strict', 'strict'],
      description: ['function.description', 'custom.description', 'description'],
      format: ['custom.format'],
      signature: ['extra_content'],
      citations: ['annotations'],
      detail: ['image_url.detail'],
      name: ['function.name', 'custom.name', 'file.filename', 'name'],
      is_error: [''],
    },
  },
  anthropic_messages: {
    request: {
      turns: ['messages'],
      stop: ['stop_sequences'],
      user: ['metadata.user_id'],
      max_output_tokens: ['max_tokens'],
      parallel_tool_calls: ['tool_choice.disable_parallel_tool_use'],
      response_format: ['output_config.format', 'output_format'],
      'output.schema': ['output_config.format.schema', 'output_format.schema'],
      reasoning: ['thinking', 'output_config.effort'],
      'reasoning.mode': ['thinking.type', 'output_config.effort'],
      'reasoning.effort': ['output_config.effort', 'thinking.type'],
      'reasoning.budget_tokens': ['thinking.budget_tokens', 'output_config.effort'],
      'reasoning.summary': ['thinking.display', 'thinking.type', 'output_config.effort'],
    },
    within: {
      arguments: ['input'],
      parameters: ['input_schema'],
      name: ['name', 'title'],
      signature: [''],
      detail: [''],
    },
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
      'output.name': ['text.format.name'],
      'reasoning.mode': ['reasoning.effort'],
      'reasoning.budget_tokens': ['reasoning.effort'],
      'reasoning.summary': ['reasoning.summary', 'reasoning.generate_summary'],
    },
    within: {
      arguments: ['arguments', 'input'],
      name: ['name', 'filename'],
      signature: [''],
      citations: ['annotations'],
      is_error: ['status'],
    },
  },
  gemini_generate_content: {
    request: {
      turns: ['contents'],
      ...config({
        stop: ['stopSequences'],
        temperature: ['temperature'],
        top_p: ['topP'],
        top_k: ['topK'],
        seed: ['seed'],
        n: ['candidateCount'],
        frequency_penalty: ['frequencyPenalty'],
        presence_penalty: ['presencePenalty'],
        logprobs: ['responseLogprobs', 'logprobs'],
        top_logprobs: ['logprobs'],
        response_format: ['responseMimeType', 'responseFormat[0].text', 'responseFormat.text'],
        'output.schema': [
          'responseJsonSchema',
          'responseSchema',
          'responseFormat[0].text.schema',
          'responseFormat.text.schema',
        ],
        max_output_tokens: ['maxOutputTokens'],
        reasoning: ['thinkingConfig'],
        'reasoning.mode': ['thinkingConfig.thinkingBudget', 'thinkingConfig.thinkingLevel'],
        'reasoning.effort': ['thinkingConfig.thinkingLevel', 'thinkingConfig.thinkingBudget'],
        'reasoning.budget_tokens': ['thinkingConfig.thinkingBudget', 'thinkingConfig.thinkingLevel'],
        'reasoning.summary': ['thinkingConfig.includeThoughts'],
      }),
      metadata: ['labels'],
      service_tier: ['serviceTier'],
      tool_choice: ['toolConfig.functionCallingConfig'],
    },
    within: {
      arguments: ['functionCall.args'],
      parameters: ['parameters', 'parametersJsonSchema'],
      signature: ['thoughtSignature'],
      name: ['functionCall.name', 'functionResponse.name', 'inlineData.displayName', 'fileData.displayName', 'name'],
      detail: ['mediaResolution'],
      is_error: ['functionResponse.response.error', 'functionResponse.response'],
      citations: [''],
    },
  },
};

/** Of Google's `generationConfig`. */
function config(names: Names): Names {
  return Object.fromEntries(
    Object.entries(names).map(([field, paths]) => [field, paths.map(path => `generationConfig.${path}`)]),
  );
}

/**
 * What the caller of a request knows its fields by. An encoder names what it loses, bounds or refuses by the neutral form:
 * `reasoning.effort`, or the caller's own path to a part (`at`) with the neutral name of what it means in it. Here each such
 * name becomes the path that stands in the caller's body, in the caller's spelling.
 */
export class CallerFields {
  /** @param wire the caller's request, as it was read */
  constructor(
    private readonly dialect: ChatDialect,
    private readonly wire: JsonObject,
  ) {}

  /** What an encoder makes, with its losses and its refusal by the caller's own paths. @throws {RequestFieldError} */
  naming(encode: () => Encoded): Encoded {
    try {
      const { wire, losses } = encode();
      return { wire, losses: losses.map(({ field, reason }) => ({ field: this.nameOf(field), reason })) };
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
    const { request, within } = FIELD_NAMES[this.dialect];
    const longest = longestOf(field, request);
    if (longest !== null) {
      const rest = field.slice(longest.length);
      return this.firstOf((request[longest] ?? []).map(name => `${name}${rest}`)) ?? field;
    }
    const own = this.follow(field);
    if (own.path === '') return field;
    if (own.rest === '') return own.path;
    const key = /^\.?([\w$]+)/.exec(own.rest)?.[1] ?? '';
    const names = Object.hasOwn(within, key) ? (within[key] ?? []) : [];
    const rest = own.rest.slice(own.rest.indexOf(key) + key.length);
    const place = own.path;
    return this.firstOf(names.map(name => (name === '' ? place : `${place}.${name}${rest}`))) ?? `${place}${own.rest}`;
  }

  /** The first of the paths that stands in the caller's request; of none that does the first. */
  private firstOf(paths: readonly string[]): string | null {
    const followed = paths.map(path => this.follow(path));
    const best = followed.find(({ rest }) => rest === '') ?? followed[0];
    return best === undefined ? null : `${best.path}${best.rest}`;
  }

  /** As far as a path leads into the caller's request, in the caller's spelling. */
  private follow(field: string): Followed {
    let at: Json | undefined = this.wire;
    let path = '';
    let followed = 0;
    for (const step of field.match(/\[[^[\]]*\]|\.?[^.[\]]+/g) ?? []) {
      const isIndex = step.startsWith('[');
      // A list of one may be written without the list, in Google's JSON.
      if (step !== '[0]' || isList(at)) {
        const own = keyOf(at, step.replace(isIndex ? /^\[|\]$/g : /^\./, ''));
        if (own === null) break;
        at = (at as Record<string, Json>)[own];
        path += isIndex ? step : `${path === '' ? '' : '.'}${own}`;
      } else path += step;
      followed += step.length;
    }
    return { path, rest: field.slice(followed) };
  }
}

/** The part of a path that stands in the request, and what is left of it. */
interface Followed {
  readonly path: string;
  readonly rest: string;
}

/** The longest beginning of a path that the table of a request names, by whole steps; null for none. */
function longestOf(field: string, names: Names): string | null {
  for (let end = field.length; end > 0; end = field.lastIndexOf('.', end - 1)) {
    const beginning = field.slice(0, end);
    if (Object.hasOwn(names, beginning)) return beginning;
  }
  return null;
}

/** The key as the caller spelt it: Google takes each name in two ways. Null for what is not said. */
function keyOf(owner: Json | undefined, key: string): string | null {
  if (isList(owner)) return owner[Number(key)] === undefined ? null : key;
  if (!isObject(owner)) return null;
  const spelt = [key, key.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)];
  return spelt.find(each => Object.hasOwn(owner, each) && owner[each] !== null) ?? null;
}
