/** Shorter words stand in many sentences. */
const MIN_LENGTH = 8;
/** So far behind the word an answer that comes in pieces is looked at. */
const NEAR_BYTES = 65_536;
/** So much of a secret is told from chance, and not more of it shown. */
const PART = 12;
const REDACTED = '[redacted]';
/** An answer that speaks of an error: only there a provider has words of its own. */
const ERROR = Buffer.from('error');

/**
 * Secrets that we hold, to be found in what somebody else says: whole, or from either end, and in every form in which a
 * server may write them down.
 */
export class KnownSecrets {
  static readonly NONE = new KnownSecrets([]);
  /** the longest first: a part of one must not leave the rest of it */
  private readonly forms: readonly string[];
  /** the forms that begin alike, and those that end alike: of a part the longest that one of them explains is taken out */
  private readonly byHead: readonly Alike[];
  private readonly byTail: readonly Alike[];

  constructor(secrets: readonly string[]) {
    const parts = secrets.flatMap(partsOf).filter(({ length }) => length >= MIN_LENGTH);
    this.forms = [...new Set(parts.flatMap(formsOf))].toSorted((one, other) => other.length - one.length);
    this.byHead = alike(this.forms, headOf);
    this.byTail = alike(this.forms, tailOf);
  }

  isIn(text: string): boolean {
    return this.forms.some(form => text.includes(headOf(form)) || text.includes(tailOf(form)));
  }

  /** The text without them. */
  scrub(text: string): string {
    const whole = this.forms.reduce((rest, form) => rest.replaceAll(form, REDACTED), text);
    return this.byHead.reduce(withoutBeginnings, this.byTail.reduce(withoutEndings, whole));
  }

  /** For an answer that is too long to hold. */
  pieces(): ScrubbedPieces {
    return new ScrubbedPieces(this, this.forms[0]?.length ?? 0);
  }

  /** Bytes of an answer: the same object where there is nothing to hide. Looked at is only what speaks of an error. */
  scrubAnswer(bytes: Buffer): Buffer {
    if (this.forms.length === 0 || !bytes.includes(ERROR)) return bytes;
    const text = withoutEscapes(bytes.toString('latin1'));
    return this.isIn(text) ? Buffer.from(this.scrub(text), 'latin1') : bytes;
  }
}

/** An answer piece by piece: of each so much is held back that no secret is cut in two unseen. */
export class ScrubbedPieces {
  private held: Buffer = Buffer.alloc(0);
  private near = 0;

  /** @param longest bytes that a secret may be written in */
  constructor(
    private readonly secrets: KnownSecrets,
    private readonly longest: number,
  ) {}

  /** What may be sent by now. */
  push(piece: Buffer): Buffer {
    if (this.longest === 0) return piece;
    const bytes = this.scrubbed(Buffer.concat([this.held, piece]));
    const end = Math.max(0, bytes.length - this.longest);
    this.held = bytes.subarray(end);
    return bytes.subarray(0, end);
  }

  /** The rest. */
  end(): Buffer {
    return this.held;
  }

  private scrubbed(bytes: Buffer): Buffer {
    if (bytes.includes(ERROR)) this.near = NEAR_BYTES + bytes.length;
    if (this.near <= 0) return bytes;
    this.near -= bytes.length;
    const text = bytes.toString('latin1');
    return this.secrets.isIn(text) ? Buffer.from(this.secrets.scrub(text), 'latin1') : bytes;
  }
}

const ESCAPE = /\\(?:u00([0-9a-f]{2})|[^])/gi;

/** JSON whose letters and digits stand as they are: what is escaped beside them must stay so. */
function withoutEscapes(json: string): string {
  if (!json.includes('\\u00')) return json;
  return json.replaceAll(ESCAPE, (escape, code: string | undefined) => {
    const letter = code === undefined ? '' : String.fromCharCode(parseInt(code, 16));
    return /^[\w.~+/=-]$/.test(letter) ? letter : escape;
  });
}

/** What is secret of a setting: itself, the words of it, and of a key file the key. */
function partsOf(secret: string): string[] {
  const words = [secret, ...secret.split(/[\s:,"'\\]+/)];
  const file = secret.trimStart().startsWith('{') ? secret : Buffer.from(secret, 'base64').toString('utf8');
  if (!file.trimStart().startsWith('{')) return words;
  try {
    const { private_key: key } = JSON.parse(file) as { private_key?: unknown };
    // Of a key file all but the key is a name, and a name hides sentences that are none of a secret.
    const lines = typeof key === 'string' ? key.split('\n').filter(line => !line.startsWith('-----')) : [];
    return [secret, ...lines];
  } catch {
    return words;
  }
}

/** However it may be written: as it is, in JSON, in an address, in base64 behind anything, in hexadecimal digits. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  const address = encodeURIComponent(secret);
  const hex = bytes.toString('hex');
  // Some encode what they need not, too.
  const strict = address.replaceAll(/[^\w%]|_/g, sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const addresses = [address, strict].flatMap(form => [
    form,
    form.replaceAll(/%[\dA-F]{2}/g, code => code.toLowerCase()),
  ]);
  const base64 = [0, 1, 2].map(shift => base64Behind(bytes, shift));
  const base64Url = base64.map(text => text.replaceAll('+', '-').replaceAll('/', '_'));
  const forms = [secret, json, json.replaceAll('/', '\\/'), ...addresses, hex, hex.toUpperCase()];
  return [...forms, ...base64, ...base64Url].filter(({ length }) => length >= MIN_LENGTH);
}

/** What does not change of the base64 of a text that holds these bytes behind `shift` others, and with others behind them. */
function base64Behind(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
  const settled = Math.floor(((shift + bytes.length) * 8) / 6);
  return text.slice(Math.ceil((shift * 8) / 6), settled);
}

function headOf(form: string): string {
  return form.slice(0, PART);
}

function tailOf(form: string): string {
  return form.slice(-PART);
}

/** Forms with one end in common. */
interface Alike {
  readonly end: string;
  readonly forms: readonly string[];
}

function alike(forms: readonly string[], endOf: (form: string) => string): readonly Alike[] {
  const byEnd = new Map<string, string[]>();
  for (const form of forms) byEnd.set(endOf(form), [...(byEnd.get(endOf(form)) ?? []), form]);
  return [...byEnd].map(([end, members]) => ({ end, forms: members }));
}

function withoutBeginnings(text: string, { end: head, forms }: Alike): string {
  let clean = '';
  let from = 0;
  for (let at = text.indexOf(head); at !== -1; at = text.indexOf(head, from)) {
    clean += text.slice(from, at) + REDACTED;
    from = at + Math.max(...forms.map(form => commonFrom(text, at, form)));
  }
  return clean + text.slice(from);
}

function withoutEndings(text: string, { end: tail, forms }: Alike): string {
  let clean = '';
  let from = 0;
  for (let at = text.indexOf(tail); at !== -1; at = text.indexOf(tail, from)) {
    const end = at + tail.length;
    const start = end - Math.max(...forms.map(form => commonUpTo(text, end, form, end - from)));
    clean += text.slice(from, start) + REDACTED;
    from = end;
  }
  return clean + text.slice(from);
}

/** How many letters from `at` on are the beginning of `form`. */
function commonFrom(text: string, at: number, form: string): number {
  let length = 0;
  while (length < form.length && text[at + length] === form[length]) length += 1;
  return length;
}

/** How many letters before `end` are the end of `form`; at most `most`. */
function commonUpTo(text: string, end: number, form: string, most: number): number {
  let length = 0;
  while (length < form.length && length < most && text[end - 1 - length] === form[form.length - 1 - length])
    length += 1;
  return length;
}
