/** What a whole answer says of the work behind it. `pending`: it is only a notice of work that goes on. */
export type AnswerState = 'ended' | 'failed' | 'pending';
