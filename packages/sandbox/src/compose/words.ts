import type { PromptReading } from './prompt-reading.js';
import { seededRandom } from './seeded-random.js';
import { type Subject, SUBJECTS } from './subjects.js';

/** Numbers answers to one prompt, so that `n` choices and different seeds read differently. Whole, not negative. */
export type Variant = number;

/** How much of a message is searched for such a request, and so the longest echo. */
const ECHO_CHARS = 256 * 1024;
/** An answer that went through more would be nobody's to read. */
const MAX_RESULTS = 64;
const MAX_RESULT_CHARS = 2000;

const ECHO_REQUESTS = [
  /(?:^|\n|[.!?]\s)[ \t]*(?:repeat|echo|(?:please )?(?:reply|answer|respond|say)(?: with)? exactly)(?: (?:this|the following))?:\s*([\s\S]+)$/i,
  /\b(?:reply|answer|respond) with (?:exactly|only|just)(?: the (?:single )?(?:word|words|text|string|phrase))?:?\s+([^\n]+)/i,
];

const WANTS_LENGTH =
  /\b(?:explain|describe|essay|details?|compare|write|story|paragraphs?|overview|guide|tell me about|how (?:does|do|can|should)|why|walk me)\b/i;

const OPENINGS = [
  'The useful way to look at {topic} is to ask what it lets you stop worrying about.',
  'There are two sides to {topic}: what it promises, and what it asks of you in return.',
  'Most questions about {topic} become simple once {a} is seen on its own.',
  'In short, {topic} comes down to how {a} and {b} fit together.',
  'It helps to start {topic} from the end: what should be true when it works?',
  'For {topic}, the plain answer is usually the right one.',
  'The first thing to know about {topic} is where {a} begins and where it ends.',
  'People meet {topic} when something around {a} starts to grow.',
];
const DEVELOPMENTS = [
  'Begin with {a}, because it decides what the rest may assume.',
  'Once {a} is settled, {b} mostly follows from it.',
  'A small example of {b} says more here than a general rule would.',
  'What matters in practice is that {a} can be changed without touching {c}.',
  'Keep {c} apart from {a}, and each stays easy to reason about.',
];
const CLOSINGS = [
  'That is the whole of {topic} in one breath; the details depend on your case.',
  'If you say more about {a}, the answer can be more exact.',
  'Try it on something small first, and let {a} show you the rest.',
  'So the short advice for {topic} is: keep {b} simple.',
  'It is worth writing down what you decided about {a}, and why.',
  'The rest of {topic} is practice.',
  'From there, {topic} is a matter of taking one step at a time.',
  'Everything else about {topic} can wait until it is needed.',
];
const THOUGHT_BEGINNINGS = ['I am asked: {topic}.', 'The subject: {topic}.', 'What is wanted here: {topic}.'];
const THOUGHT_ENDINGS = [
  'The word that carries most of it is {a}; a plain answer will do.',
  'I should look at {a} first and leave {c} for later.',
  'It would be easy to talk about {b} and forget {a}.',
];

/**
 * Writes an answer from the words of the prompt: the same reading and variant give the same text.
 * A prompt that asks for exact words (`repeat: …`, `Reply with exactly: …`) gets exactly those.
 */
export function writeAnswer(reading: PromptReading, variant: Variant): string {
  const echo = findEcho(reading.lastText.slice(0, ECHO_CHARS));
  if (echo !== null) return echo;
  const pick = variedPicker(reading.fingerprint, variant);
  if (/\bone[- ]word\b/i.test(reading.question)) {
    const words = reading.keywords.filter(word => !/^one$/i.test(word));
    return pick(words.length > 0 ? words : ['Yes']);
  }
  const subject = SUBJECTS.find(known => known.about.test(reading.question));
  const paragraphs = WANTS_LENGTH.test(reading.question) ? longAnswer(subject, pick) : [shortAnswer(subject, pick)];
  if (reading.attachments > 0) {
    paragraphs.push(`(${reading.attachments} attachment(s) arrived; the sandbox model does not look inside them.)`);
  }
  return paragraphs.map(fillFrom(reading)).join('\n\n');
}

/** The answer after tools have run: it says what they said. */
export function writeToolSummary(results: ReadonlyArray<{ name: string; text: string }>, variant: Variant): string {
  const lead = ['Here is what I found.', 'Done.', 'The tools have answered.'];
  const sentences = results
    .slice(0, MAX_RESULTS)
    .map(({ name, text }) => `${name} returned: ${text.slice(0, MAX_RESULT_CHARS).trim()}`);
  return `${lead[variant % lead.length]} ${sentences.join('\n')}`;
}

/** What a model thinks before it answers, for dialects that show it. */
export function writeThought(reading: PromptReading, variant: Variant): string {
  const pick = variedPicker(`${reading.fingerprint} thought`, variant);
  return [pick(THOUGHT_BEGINNINGS), pick(THOUGHT_ENDINGS)].map(fillFrom(reading)).join(' ');
}

type Pick = <T>(items: readonly T[]) => T;

/** Reads the variant digit by digit, one for each pick, so that neighbouring variants cannot come out the same. */
function variedPicker(seed: string, variant: Variant): Pick {
  const random = seededRandom(seed);
  let rest = variant;
  return items => {
    const index = (random.between(0, items.length - 1) + rest) % items.length;
    rest = Math.floor(rest / items.length);
    return items[index];
  };
}

function findEcho(text: string): string | null {
  for (const request of ECHO_REQUESTS) {
    const found = request.exec(text)?.[1].trim();
    if (found === undefined || found === '') continue;
    const exact = request === ECHO_REQUESTS[0];
    return exact ? found : found.replace(/^["'“`]([^"'”`]+)["'”`][\s\S]*$|\.$/, '$1');
  }
  return null;
}

function shortAnswer(subject: Subject | undefined, pick: Pick): string {
  if (subject === undefined) return `${pick(OPENINGS)} ${pick(CLOSINGS)}`;
  return `${subject.facts[0]} ${pick([...subject.facts.slice(1), ...CLOSINGS])}`;
}

function longAnswer(subject: Subject | undefined, pick: Pick): string[] {
  const [first, ...more] = subject?.facts ?? [];
  const start = DEVELOPMENTS.indexOf(pick(DEVELOPMENTS));
  const after = (step: number): string => DEVELOPMENTS[(start + step) % DEVELOPMENTS.length];
  return [
    [...(first === undefined ? [] : [first]), pick(OPENINGS)].join(' '),
    [...more, after(0), after(1)].join(' '),
    [after(2), after(3), pick(CLOSINGS)].join(' '),
  ];
}

/** Puts the prompt's own words into the gaps of a sentence. */
function fillFrom(reading: PromptReading): (template: string) => string {
  const [a = 'the question', b = 'its context', c = 'the rest'] = reading.keywords;
  const values: Record<string, string> = { topic: topicOf(reading), a, b, c };
  return template => template.replace(/\{(topic|a|b|c)\}/g, (_, name: string) => values[name]);
}

/** What is asked about, as it reads in the middle of a sentence. */
function topicOf(reading: PromptReading): string {
  const [line] = reading.question.trim().slice(0, 200).split('\n', 1);
  const topic = line
    .replace(/^(?:what(?:'s| is| are| was)|who is|explain|describe|compare|tell me about|how (?:does|do|did)) /i, '')
    .replace(/[?.!]$/, '');
  if (topic !== '' && topic.length <= 80) return topic;
  return reading.keywords.slice(0, 4).join(', ') || 'your message';
}
