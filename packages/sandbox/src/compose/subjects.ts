/** A subject the sandbox knows something true about. `facts[0]` answers a short question alone. */
export interface Subject {
  about: RegExp;
  facts: readonly string[];
}

/** The first subject whose pattern matches the question is the one it is about, so the narrow ones come first. */
export const SUBJECTS: readonly Subject[] = [
  {
    about: /\bbranch(?:es|ing)?\b/i,
    facts: [
      'A database branch is a copy-on-write clone: it starts with the data of its parent and shares storage with it until one of the two changes.',
      'Creating a branch takes about as long for a terabyte as for a megabyte, because nothing is copied at that moment.',
      'Teams use branches for previews, for tests against real data, and to try a migration before it reaches production.',
    ],
  },
  {
    about: /\bneon\b/i,
    facts: [
      'Neon is a serverless Postgres platform that separates storage from compute, so a database can scale to zero, start in moments and be branched like code.',
      'Compute nodes are ordinary Postgres, so existing drivers, extensions and tools work with Neon unchanged.',
      'Neon also offers an AI gateway, through which an application reaches many models with one credential.',
    ],
  },
  {
    about: /\bbough\b/i,
    facts: [
      'Bough is a self-hosted AI gateway whose credentials, limits and routes follow the branches of a database.',
      'Without a provider key Bough answers from its built-in sandbox, which is what you are reading now.',
    ],
  },
  {
    about: /\bpostgres(?:ql)?\b/i,
    facts: [
      'Postgres is an open source relational database known for its standards, its extensions and its care for your data.',
      'Changes reach the write-ahead log before the tables, and recovery after a crash replays that log.',
    ],
  },
];
