/**
 * The table of docs/dialects.md, made of what the code does: each feature is written in the caller's dialect, read, and written
 * in the target's. UPDATE_GOLDEN=1 writes the page.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Codec } from '../../src/dialects/neutral/codec.js';
import type { ChatDialect, NeutralRequest } from '../../src/dialects/neutral/neutral.types.js';
import { RequestFieldError } from '../../src/dialects/request-field-error.js';
import { withToldTools } from '../../src/dialects/told-tools.js';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import type { JsonObject } from '../../src/json/value.js';
import { FEATURES, PLAIN } from './features.js';

const PAGE = join(__dirname, '..', '..', 'docs', 'dialects.md');
const BEGIN = '<!-- table: made by test/translation/table.spec.ts -->';
const END = '<!-- end of the table -->';
const SHORT: Readonly<Record<ChatDialect, string>> = {
  chat_completions: 'chat',
  anthropic_messages: 'messages',
  openai_responses: 'responses',
  gemini_generate_content: 'gemini',
};
const DIALECTS = Object.keys(SHORT) as ChatDialect[];
const PAIRS = DIALECTS.flatMap(from => DIALECTS.filter(to => to !== from).map(to => [from, to] as const));
const OPTIONS = {
  model: 'target-model',
  defaultMaxTokens: 4_096,
  streamUsage: true,
  adaptiveThinking: false,
  thinkingLevels: false,
  customTools: true,
};

function codecOf(dialect: ChatDialect): Codec {
  const { codec } = DESCRIPTORS[dialect];
  if (codec === null) throw new Error(`${dialect} has no codec`);
  return codec;
}

type Cell = 'yes' | 'loss' | 'refused' | '–';

function cell(from: ChatDialect, to: ChatDialect, feature: NeutralRequest): Cell {
  const said = spoken(from, feature);
  // A dialect that has no word for it never asks for it.
  if (said === null) return '–';
  return outcome(() => withToldTools(codecOf(to), said).encodeRequest(said, OPTIONS).losses.length === 0);
}

/** The feature as a caller of this dialect can ask for it; null where it cannot. */
function spoken(dialect: ChatDialect, feature: NeutralRequest): NeutralRequest | null {
  try {
    const { wire, losses } = withToldTools(codecOf(dialect), feature).encodeRequest(feature, OPTIONS);
    if (losses.length > 0) return null;
    const path: JsonObject = dialect === 'gemini_generate_content' ? { model: 'm', stream: false } : {};
    return codecOf(dialect).decodeRequest({ ...wire, ...path }).request;
  } catch (error) {
    if (error instanceof RequestFieldError) return null;
    throw error;
  }
}

function outcome(isWhole: () => boolean): Cell {
  try {
    return isWhole() ? 'yes' : 'loss';
  } catch (error) {
    if (error instanceof RequestFieldError) return 'refused';
    throw error;
  }
}

function table(): string {
  const head = ['', ...PAIRS.map(([from, to]) => `${SHORT[from]} → ${SHORT[to]}`)];
  const rows = FEATURES.map(([name, fields]) => [
    name,
    ...PAIRS.map(([from, to]) => cell(from, to, { ...PLAIN, ...fields })),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The formatter may align the columns. */
const plain = (text: string) => text.replaceAll(/-{3,}/g, '---').replaceAll(/ +/g, ' ').trim();

describe('the table of what becomes what', () => {
  it('stands in docs/dialects.md as the code has it', () => {
    const page = readFileSync(PAGE, 'utf8');
    const [before = '', rest = ''] = page.split(BEGIN);
    const [shown = '', after = ''] = rest.split(END);
    if (process.env['UPDATE_GOLDEN'] === '1') {
      writeFileSync(PAGE, `${before}${BEGIN}\n\n${table()}\n\n${END}${after}`);
      return;
    }
    expect(plain(shown)).toBe(plain(table()));
  });

  it('has something to say in every pair', () => {
    for (const [from, to] of PAIRS) {
      const cells = FEATURES.map(([, fields]) => cell(from, to, { ...PLAIN, ...fields }));
      expect([from, to, cells.filter(value => value === 'yes').length > 8]).toEqual([from, to, true]);
    }
  });
});
