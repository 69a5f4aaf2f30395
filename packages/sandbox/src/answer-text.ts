import { findPlainAnswer, type Subject, SUBJECTS } from './knowledge.js';
import type { PromptReading } from './prompt-reading.js';
import { seededRandom } from './seeded-random.js';

/** Numbers answers to one prompt, so that `n` choices and different seeds read differently. Whole, not negative. */
export type Variant = number;

/** How much of a message is searched for such a request, and so the longest echo. */
const ECHO_CHARS = 256 * 1024;

/** An answer that went through more would be nobody's to read. */
const MAX_RESULTS = 64;

const ECHO_REQUESTS = [
  /(?:^|\n|[.!?]\s)[ \t]*(?:repeat|echo|(?:please )?(?:reply|answer|respond|say)(?: with)? exactly)(?: (?:this|the following))?:\s*([\s\S]+)$/i,
  /\b(?:reply|answer|respond) with (?:exactly|only|just)(?: the (?:single )?(?:word|words|text|string|phrase))?:?\s+([^\n]+)/i,
  /\bsay (["'“`][^\n]{1,200}["'”`])/i,
];

const WANTS_LENGTH =
  /\b(?:explain|describe|essay|details?|compare|write|story|paragraphs?|overview|guide|tell me about|how (?:does|do|can|should)|why|walk me)\b/i;

const OPENINGS = [
  'The useful way to look at {topic} is to ask what it lets you stop worrying about.',
  'There are two sides to {topic}: what it promises, and what it asks of you in return.',
  'Most questions about {topic} become simple once {a} is seen on its own.',
  'In short, {topic} comes down to how {a} and {b} fit together.',
  'It helps to start {topic} from the end: what should be true when it works?',
  'The first thing to know about {topic} is where {a} begins and where it ends.',
  'For {topic}, the plain answer is usually the right one.',
  'People meet {topic} when something around {a} starts to grow.',
];

const DEVELOPMENTS = [
  'Begin with {a}, because it decides what the rest may assume.',
  'Once {a} is settled, {b} mostly follows from it.',
  'A small example of {b} says more here than a general rule would.',
  'The cost is easy to overlook: every choice about {b} narrows what {c} can do later.',
  'What matters in practice is that {a} can be changed without touching {c}.',
  'Measure {b} before improving it, since the slow part is rarely the expected one.',
  'Keep {c} apart from {a}, and each stays easy to reason about.',
  'When {b} fails, the failure should say so at once and in words.',
  'A reader who knows {a} should be able to guess how {c} behaves.',
];

const CLOSINGS = [
  'That is the whole of {topic} in one breath; the details depend on your case.',
  'From there, {topic} is a matter of taking one step at a time.',
  'If you say more about {a}, the answer can be more exact.',
  'Everything else about {topic} can wait until it is needed.',
  'Try it on something small first, and let {a} show you the rest.',
  'So the short advice for {topic} is: keep {b} simple.',
  'It is worth writing down what you decided about {a}, and why.',
  'The rest of {topic} is practice.',
];

/**
 * Writes an answer from the words of the prompt: the same reading and variant give the same text.
 * A prompt that asks for exact words (`repeat: …`, `Reply with exactly: …`) gets exactly those.
 */
export function writeAnswer(reading: PromptReading, variant: Variant): string {
  const echo = findEcho(reading.lastText.slice(0, ECHO_CHARS));
  if (echo !== null) return echo;
  const plain = variant === 0 ? findPlainAnswer(reading.question) : null;
  if (plain !== null) return plain;

  const pick = variedPicker(reading.fingerprint, variant);
  const fill = fillFrom(reading);
  if (/\bone[- ]word\b/i.test(reading.question)) return pick(subjectWords(reading));
  const subject = SUBJECTS.find(known => known.about.test(reading.question));
  const paragraphs = WANTS_LENGTH.test(reading.question)
    ? longAnswer(subject, pick)
    : [shortAnswer(reading, subject, pick)];
  if (reading.attachments > 0) {
    paragraphs.push(`(${reading.attachments} attachment(s) arrived; the sandbox model does not look inside them.)`);
  }
  return paragraphs.map(fill).join('\n\n');
}

/** The answer after tools have run: it says what they said. */
export function writeToolSummary(results: ReadonlyArray<{ name: string; content: string }>, variant: Variant): string {
  const lead = ['Here is what I found.', 'Done.', 'The tools have answered.', 'I looked it up.'];
  const sentences = results
    .slice(0, MAX_RESULTS)
    .map(({ name, content }) => `${name} returned: ${content.slice(0, 2000).trim()}`);
  return `${lead[variant % lead.length]} ${sentences.join('\n')}`;
}

type Pick = <T>(items: readonly T[]) => T;

/** Reads the variant digit by digit, one for each pick, so that neighbouring variants cannot come out the same. */
export function variedPicker(seed: string, variant: Variant): Pick {
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

function shortAnswer(reading: PromptReading, subject: Subject | undefined, pick: Pick): string {
  const said = reading.question.trim();
  if (
    said.length < 80 &&
    /^(?:hi|hello|hey|good (?:morning|evening)|ping)\b[\s!.,]{0,9}(?:there)?[\s!.]{0,9}$/i.test(said)
  ) {
    const greeting = said.replace(/(?<![!.,\s])[!.,\s]+$/, '');
    return `${greeting[0].toUpperCase()}${greeting.slice(1)}! ${pick(GREETINGS)}`;
  }
  if (subject === undefined) return `${pick(OPENINGS)} ${pick(CLOSINGS)}`;
  return `${subject.facts[0]} ${pick([...subject.facts.slice(1), ...CLOSINGS])}`;
}

const GREETINGS = [
  'How can I help?',
  'What shall we look at?',
  'I am here and listening.',
  'What would you like to know?',
  'Ask me anything.',
];

function longAnswer(subject: Subject | undefined, pick: Pick): string[] {
  const first = pick(OPENINGS);
  const facts = subject?.facts ?? [];
  const start = pick(DEVELOPMENTS);
  const middle = [1, 2, 3].map(step => DEVELOPMENTS[(DEVELOPMENTS.indexOf(start) + 2 * step) % DEVELOPMENTS.length]);
  return [
    [...facts.slice(0, 2), first].join(' '),
    [...facts.slice(2), start, middle[0]].join(' '),
    [middle[1], middle[2], pick(CLOSINGS)].join(' '),
  ];
}

function subjectWords(reading: PromptReading): readonly string[] {
  const words = reading.keywords.filter(word => !/^one$/i.test(word));
  return words.length > 0 ? words : ['Yes'];
}

/** Puts the prompt's own words into the gaps of a sentence. */
export function fillFrom(reading: PromptReading): (template: string) => string {
  const [a = 'the question', b = 'its context', c = 'the rest'] = reading.keywords;
  const values: Record<string, string> = { topic: topicOf(reading), a, b, c };
  return template => template.replace(/\{(topic|a|b|c)\}/g, (_, name: string) => values[name]);
}

/** How a question begins, and what its subject is called in the middle of a sentence instead. */
const LEADS: ReadonlyArray<readonly [RegExp, string]> = [
  [
    /^(?:what(?:'s| is| are| was)|who is|explain|describe|compare|tell me about|how (?:does|do|did)(?! (?:i|you|we)\b)) /i,
    '',
  ],
  [/^how (?:do|can|should|would) (?:i|you|we) /i, 'how to '],
  [/^write (?:me )?[^.]{0,40}? about /i, ''],
  [/^(?:write|give|show|make) (?:me )?/i, ''],
];

function topicOf(reading: PromptReading): string {
  const line = reading.question
    .trim()
    .split('\n', 1)[0]
    .slice(0, 200)
    .replace(/^please /i, '')
    .replace(/(?<![\s?.!:;])[\s?.!:;]+$/, '');
  const lead = LEADS.find(([pattern]) => pattern.test(line));
  const topic = lead === undefined ? line : line.replace(...lead);
  if (topic !== '' && topic.length <= 80) return topic;
  return reading.keywords.slice(0, 4).join(', ') || 'your message';
}
