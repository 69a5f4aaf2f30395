/** A caller's words, a provider's, an operator's: no expression of the sources may take the square of what they send. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { sourceFiles } from '../support/source-files.js';

const SIZE = 65_536;
/** A linear one takes some milliseconds of the processor, whatever else the machine does; a quadratic one seconds. */
const QUICK_MS = 60;
const MAX_MS = 1_500;
/** Four times the text may take four times the work, and something for the processor's caches. */
const MAX_GROWTH = 8;

/** Quadratic, and harmless: the text has a bound. */
const BOUNDED: Readonly<Record<string, string>> = {
  'src/platform/network/addresses.ts /%.*$/': 'an IP address, as the resolver or the URL parser wrote it',
};

function expressionsOf(path: string, text: string): RegExp[] {
  const found: RegExp[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      found.push(new RegExp(node.text.slice(1, end), node.text.slice(end + 1)));
    }
    const makes = ts.isNewExpression(node) || ts.isCallExpression(node);
    if (makes && node.expression.getText() === 'RegExp') {
      throw new Error(`${path} makes an expression at run time: ${node.getText()}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return found;
}

const EXPRESSIONS = sourceFiles().flatMap(({ root, path }) =>
  expressionsOf(path, readFileSync(join(root, path), 'utf8')).map(expression => ({ path, expression })),
);

const BETWEEN = ['a', 'A', '0', ' ', '-', '_', '.', ':', '/', '=', '#', '"', '\\', '\n', '{', '[', ';', ',', '!', '%'];
const REPEATED = [...BETWEEN, 'A ', '. ', '0 ', '0.', '"a', 'a.', 'a-', ';a', '- ', "'", '“', '`'];

/** What an expression may stumble over: its own words, and what stands between words, over and over. */
function hostileTexts({ source }: RegExp): string[] {
  const words = source.replaceAll(/\\[a-zA-Z]/g, ' ').match(/[A-Za-z0-9]{2,}/g) ?? [];
  const units = [...REPEATED, ...words, ...words.flatMap(word => ['-', ' ', ':', '/', '.'].map(mark => mark + word))];
  const starts = ['', ...words.slice(0, 1), ...(words[0] === undefined ? [] : [`${words[0]} `])];
  const after = [' ', '0', 'a', '=', '.', ';'].flatMap(unit =>
    ['0', '0+', 'a', '"', '{', ';'].map(start => ({ start, unit })),
  );
  return [...units.flatMap(unit => starts.map(start => ({ start, unit }))), ...after].map(
    ({ start, unit }) => `${start}${unit.repeat(Math.ceil(SIZE / unit.length))}`,
  );
}

const cpuMs = (expression: RegExp, text: string): number => {
  const whole = `${text}\n\u0000`;
  const before = process.cpuUsage();
  whole.replace(expression, '');
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};

/** The better of two, since the processor's time of this process holds its collections of garbage too. */
const isSlow = (expression: RegExp, text: string): boolean => {
  if (cpuMs(expression, text) <= QUICK_MS) return false;
  const whole = cpuMs(expression, text);
  if (whole <= QUICK_MS) return false;
  const quarter = Math.max(cpuMs(expression, text.slice(0, SIZE / 4)), QUICK_MS / MAX_GROWTH);
  return whole > MAX_MS || whole / quarter > MAX_GROWTH;
};

it('are found', () => {
  expect(EXPRESSIONS.length).toBeGreaterThan(250);
  const named = new Set(EXPRESSIONS.map(({ path, expression }) => `${path} ${String(expression)}`));
  expect(Object.keys(BOUNDED).filter(name => !named.has(name))).toEqual([]);
});

it.each(EXPRESSIONS.map(({ path, expression }) => [`${path} ${String(expression)}`, expression] as const))(
  '%s takes time in the length of a text, not in its square',
  (name, expression) => {
    if (name in BOUNDED) return;
    for (const text of hostileTexts(expression)) {
      if (isSlow(expression, text)) throw new Error(`slow over ${JSON.stringify(text.slice(0, 40))}…`);
    }
  },
);
