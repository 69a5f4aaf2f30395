/**
 * The folders of the dialects are furnished alike: who knows one finds his way in the others. What one dialect alone needs is
 * named here, with the reason.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..', 'src', 'dialects');

/** What every dialect that is translated has. */
const FURNITURE = [
  'answer-frame.ts',
  'citations.ts',
  'decode-request.ts',
  'decode-response.ts',
  'decode-stream.ts',
  'decode-turns.ts',
  'descriptor.ts',
  'encode-request.ts',
  'encode-response.ts',
  'encode-stream.ts',
  'encode-turns.ts',
  'finish-reason.ts',
  'media.ts',
  'reasoning-signature.ts',
  'reasoning.ts',
  'request-fields.ts',
  'stream-observer.ts',
  'tools.ts',
  'usage.ts',
];

const EXTRAS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'anthropic-messages': {
    'choice-decoder.ts': 'blocks of a stream are opened, sealed and closed by their numbers',
    'choice-encoder.ts': 'blocks follow one another, so parts that are open at once are queued',
    'schema.ts': 'structured outputs take a part of JSON Schema',
    'service-tier.ts': 'the tiers have names of their own',
  },
  'chat-completions': {
    'after-done.ts': 'what may still pass behind [DONE]',
    'choice-decoder.ts': 'a stream has several choices',
    'decode-parts.ts': 'requests and answers have the same messages',
    'hidden-usage-tap.ts': 'usage that only the gateway asked for is taken out',
    'logprobs.ts': 'log probabilities',
    'stream-calls.ts': 'servers cut calls in many ways',
    'stream-tap.ts': '[DONE] must not be forwarded before the answer is known to be whole',
    'thoughts.ts': 'servers tell thoughts in many ways',
  },
  gemini: {
    'choice-decoder.ts': 'a stream has several candidates',
    'choice-encoder.ts': 'a stream has several candidates',
    'json-array-tap.ts': 'a stream may be one JSON array',
    'logprobs.ts': 'log probabilities',
    'paths.ts': 'the model stands in the path',
    'schema.ts': 'Google has a form of schema of its own',
    'service-tier.ts': 'the tiers have names of their own',
    'tool-result.ts': 'results are objects',
    'utf8-offsets.ts': 'citations count bytes',
    'wire-fields.ts': 'every name has two spellings',
  },
  'openai-responses': {
    'logprobs.ts': 'log probabilities',
    'tool-namespaces.ts': 'names of tools may have two parts',
  },
};

const filesOf = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter(name => !name.endsWith('.spec.ts'))
    .toSorted();

it.each(Object.keys(EXTRAS))('%s holds what every dialect holds, and what is declared', folder => {
  expect(filesOf(folder)).toEqual([...FURNITURE, ...Object.keys(EXTRAS[folder] ?? {})].toSorted());
});
