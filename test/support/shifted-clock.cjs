// A machine whose clock is wrong, for a process that is started with `--require` of this file: SHIFTED_CLOCK_MS ahead, or
// by what stands in SHIFTED_CLOCK_FILE, which may be written anew while the process runs. The monotonic clock is right, as
// it is on such a machine.
const { readFileSync } = require('node:fs');

const LOOK_MS = 20;
const file = process.env.SHIFTED_CLOCK_FILE;
let ahead = Number(process.env.SHIFTED_CLOCK_MS ?? 0);
const RightDate = Date;

if (file !== undefined) {
  setInterval(() => {
    const text = readFileSync(file, 'utf8');
    // A file that is being written is empty for a moment.
    if (text !== '') ahead = Number(text);
  }, LOOK_MS).unref();
}

globalThis.Date = class Date extends RightDate {
  constructor(...args) {
    if (args.length === 0) super(RightDate.now() + ahead);
    else super(...args);
  }

  static now() {
    return RightDate.now() + ahead;
  }
};
