// A machine whose clock is wrong, for a process that is started with `--require` of this file: SHIFTED_CLOCK_MS ahead. The
// monotonic clock is right, as it is on such a machine.
const ahead = Number(process.env.SHIFTED_CLOCK_MS ?? 0);
const RightDate = Date;

globalThis.Date = class Date extends RightDate {
  constructor(...args) {
    if (args.length === 0) super(RightDate.now() + ahead);
    else super(...args);
  }

  static now() {
    return RightDate.now() + ahead;
  }
};
