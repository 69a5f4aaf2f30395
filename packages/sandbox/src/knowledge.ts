/** A subject the sandbox knows something true about. `facts[0]` answers a short question alone. */
export interface Subject {
  name: string;
  about: RegExp;
  facts: readonly string[];
}

/** The first subject whose pattern matches the question is the one it is about, so the narrow ones come first. */
export const SUBJECTS: readonly Subject[] = [
  {
    name: 'branching',
    about: /\bbranch(?:es|ing)?\b/i,
    facts: [
      'A database branch is a copy-on-write clone: it starts with the data of its parent and shares storage with it until one of the two changes.',
      'Creating a branch takes about as long for a terabyte as for a megabyte, because nothing is copied at that moment.',
      'Because Postgres storage of this kind keeps its history, a branch may also start from an earlier point in time.',
      'Teams use branches for previews, for tests against real data, and to try a migration before it reaches production.',
      'What is written on a branch stays on that branch, so an experiment can be thrown away without cleaning up.',
    ],
  },
  {
    name: 'Neon',
    about: /\bneon\b/i,
    facts: [
      'Neon is a serverless Postgres platform that separates storage from compute, so a database can scale to zero, start in moments and be branched like code.',
      'Its storage keeps the history of the data, which is what makes instant branches and point-in-time restore possible.',
      'Compute nodes are ordinary Postgres, so existing drivers, extensions and tools work with Neon unchanged.',
      'Each branch of a Neon project has its own endpoint, and an idle endpoint can be suspended to save cost.',
      'Neon also offers an AI gateway, through which an application reaches many models with one credential.',
    ],
  },
  {
    name: 'Bough',
    about: /\bbough\b/i,
    facts: [
      'Bough is a self-hosted AI gateway whose credentials, limits and routes follow the branches of a database.',
      'A credential made on one branch of the tree is valid on that branch and on everything that grows from it.',
      'Without a provider key Bough answers from its built-in sandbox, which is what you are reading now.',
    ],
  },
  {
    name: 'AI gateways',
    about: /\b(?:ai|llm|model) gateways?\b/i,
    facts: [
      'An AI gateway stands between an application and its model providers: it holds the keys, counts the tokens and chooses where a request goes.',
      'Because every request passes through it, a gateway is the natural place for limits, fallbacks and accounting.',
      'Applications keep one base URL and one credential, and switch models by changing one field.',
    ],
  },
  {
    name: 'pgvector',
    about: /\bpgvector\b|\bembeddings?\b|\bvector (?:search|database|index)/i,
    facts: [
      'pgvector is a Postgres extension that stores embeddings in a column and finds the nearest ones by distance.',
      'An HNSW index makes such searches fast at the price of being approximate and of memory at build time.',
      'Keeping vectors beside the rows they describe lets one query filter by both meaning and ordinary columns.',
    ],
  },
  {
    name: 'Postgres',
    about: /\bpostgres(?:ql)?\b/i,
    facts: [
      'Postgres is an open source relational database known for its standards, its extensions and its care for your data.',
      'It gives every transaction a consistent view through multi-version concurrency control, so readers and writers do not block each other.',
      'Changes reach the write-ahead log before the tables, and recovery after a crash replays that log.',
      'Extensions add types, indexes and whole workloads, from geography to vectors, without leaving SQL.',
    ],
  },
  {
    name: 'indexes',
    about: /\bind(?:ex|exes|ices|exing)\b/i,
    facts: [
      'A database index is a second, ordered structure that lets a query find rows without reading the whole table.',
      'Every index speeds some reads and slows every write, so the useful ones are those a real query needs.',
      'The B-tree is the default, and it serves equality, ranges and sorting alike.',
    ],
  },
  {
    name: 'transactions',
    about: /\btransactions?\b|\bACID\b/,
    facts: [
      'A transaction groups changes so that either all of them happen or none does.',
      'Isolation decides how much of other unfinished work a transaction may see.',
      'Short transactions are kind ones: they hold their locks and old row versions only for a moment.',
    ],
  },
  {
    name: 'streaming',
    about: /\bstream(?:ing|s)?\b|\bserver-sent\b|\bSSE\b/,
    facts: [
      'Streaming sends an answer piece by piece, so that a reader sees the first words while the last are still being made.',
      'Server-sent events are plain text over one HTTP response: lines that begin with data, and a blank line after each event.',
      'A stream needs a clear end, because a connection that merely closes cannot say whether it was finished.',
    ],
  },
  {
    name: 'TypeScript',
    about: /\btypescript\b/i,
    facts: [
      'TypeScript is JavaScript with types that are checked before the program runs and erased afterwards.',
      'Its types are structural: a value fits when its shape fits, whatever it is called.',
      'Narrowing lets an ordinary condition teach the compiler what a value can still be.',
    ],
  },
  {
    name: 'SQL',
    about: /\bSQL\b/i,
    facts: [
      'SQL is the language of relational databases: you describe the rows you want, and the planner decides how to fetch them.',
      'Joins combine tables by a condition, and grouping folds many rows into one.',
    ],
  },
];

const CAPITALS: Record<string, string> = {
  australia: 'Canberra',
  brazil: 'Brasília',
  canada: 'Ottawa',
  china: 'Beijing',
  egypt: 'Cairo',
  france: 'Paris',
  germany: 'Berlin',
  india: 'New Delhi',
  italy: 'Rome',
  japan: 'Tokyo',
  spain: 'Madrid',
  switzerland: 'Bern',
};

/** A complete answer where the question has exactly one that is cheap to know: a capital, or a sum of two numbers. */
export function findPlainAnswer(question: string): string | null {
  if (question.length > 200) return null;
  const capital = /\bcapital (?:city )?of ([a-z]{1,40})/i.exec(question);
  const city = capital === null ? undefined : CAPITALS[capital[1].toLowerCase()];
  if (capital !== null && city !== undefined) return `The capital of ${capital[1]} is ${city}.`;

  const sum = /(-?\d{1,9}(?:\.\d{1,6})?)\s{0,9}([+*×x/-])\s{0,9}(-?\d{1,9}(?:\.\d{1,6})?)\s{0,9}(?:=\s{0,9})?\??$/.exec(
    question.trim(),
  );
  if (sum === null) return null;
  const result = calculate(Number(sum[1]), sum[2], Number(sum[3]));
  return Number.isFinite(result) ? `${sum[1]} ${sum[2]} ${sum[3]} = ${Number(result.toFixed(6))}` : null;
}

function calculate(left: number, operator: string, right: number): number {
  if (operator === '+') return left + right;
  if (operator === '-') return left - right;
  return operator === '/' ? left / right : left * right;
}
