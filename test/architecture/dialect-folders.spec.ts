/**
 * The folders of the dialects hold the same files: who knows one finds the way in the others. What one dialect alone needs is
 * named here, with the reason. Outside of them a dialect's facts are asked of its descriptor.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import { DIALECTS, isTranslated } from '../../src/dialects/dialect.js';
import { FOLDERS } from '../support/golden-translations.js';
import { sourceFiles } from '../support/source-files.js';

const ROOT = join(__dirname, '..', '..', 'src', 'dialects');

/** What every dialect that is translated has. */
const COMMON = [
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
    'answer-parts.ts': 'whole answers and streams have the same parts',
    'choice-decoder.ts': 'a stream has several candidates',
    'choice-encoder.ts': 'a stream has several candidates',
    'json-array-tap.ts': 'a stream may be one JSON array',
    'logprobs.ts': 'log probabilities',
    'partial-call.ts': 'arguments are streamed value by value',
    'paths.ts': 'the model stands in the path',
    'schema.ts': 'Google has a form of schema of its own',
    'service-tier.ts': 'the tiers have names of their own',
    'tool-result.ts': 'results are objects',
    'utf8-offsets.ts': 'citations count bytes',
    'wire-fields.ts': 'every name has two spellings',
  },
  'openai-responses': {
    'logprobs.ts': 'log probabilities',
    'open-item.ts': 'a stream writes items that each have a place, an id and an end',
    'tool-namespaces.ts': 'names of tools may have two parts',
  },
};

/** What the folders of all dialects share, and the dialects that are not translated, whose files are few and their own. */
const OTHERS: Readonly<Record<string, string>> = {
  embeddings: 'vectors have no counterpart in another dialect',
  neutral: 'the form between the dialects',
  schemas: 'JSON Schema as vendors take it',
  wire: 'what several dialects write alike',
};

/** The only places outside the folders of dialects that ask for one by its name, with what belongs to it alone. */
const ASKED_BY_NAME: Readonly<Record<string, string>> = {
  'src/inference/model.guard.ts': 'the parameters that a catalog lists are of chat completions',
  'src/inference/parameter-policy.ts': 'the older way to ask Claude for thinking',
  'src/inference/prepare-call.ts': 'answers are stored by Responses alone',
  'src/inference/priced-options.ts': 'Google’s tools have no type',
  'src/upstream/request-headers.ts': 'Anthropic’s version and beta headers',
};

const sources = sourceFiles().map(({ root, path }) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const filesOf = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter(name => !name.endsWith('.spec.ts'))
    .toSorted();

it.each(Object.keys(EXTRAS))('%s holds what every dialect holds, and what is declared', folder => {
  expect(filesOf(folder)).toEqual([...COMMON, ...Object.keys(EXTRAS[folder] ?? {})].toSorted());
});

it('there is no other folder than those named here', () => {
  const folders = readdirSync(ROOT, { withFileTypes: true }).filter(entry => entry.isDirectory());
  expect(folders.map(({ name }) => name).toSorted()).toEqual(
    [...Object.keys(EXTRAS), ...Object.keys(OTHERS)].toSorted(),
  );
});

it('each translated dialect has its folder among those compared', () => {
  expect(Object.values(FOLDERS).toSorted()).toEqual(Object.keys(EXTRAS).toSorted());
});

// A provider's adapter knows which dialects it writes; everybody else asks the descriptor, or forgets the next dialect.
it('outside their folders and the providers nobody compares a dialect with a name, but where only one can be meant', () => {
  const compared = new RegExp(`[!=]== '(${DIALECTS.join('|')})'`);
  const found = sources.filter(({ path, text }) => !/^src\/(dialects|providers)\//.test(path) && compared.test(text));
  expect(found.map(({ path }) => path).toSorted()).toEqual(Object.keys(ASKED_BY_NAME).toSorted());
});

it('no code compares a dialect with the name of one that is not translated', () => {
  const untranslated = DIALECTS.filter(dialect => !isTranslated(dialect));
  const compared = new RegExp(`[!=]== '(${untranslated.join('|')})'`);
  expect(sources.filter(({ text }) => compared.test(text)).map(({ path }) => path)).toEqual([]);
});

it.each(DIALECTS)('%s counts tokens where it has a path for that, and nowhere else', dialect => {
  const { counting, paths } = DESCRIPTORS[dialect];
  // Google's count is an action of the path that answers.
  expect(counting !== null).toBe(paths.counts.length > 0 || paths.answers.some(path => path.endsWith(':call')));
});
