/** A provider's words, a lineage source's, an issuer's: no expression may take the square of what they send. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { sourceFiles } from '../support/source-files.js';

/** Where what others send is looked at. */
const FOREIGN = /^src\/(upstream|sse|dialects|relay|management\/(oidc|api-v2\/lineage)|platform\/network)\//;
const SIZE = 131_072;
/** A linear one takes some milliseconds of the processor, whatever else the machine does; a quadratic one many seconds. */
const MAX_CPU_MS = 1_000;

/** Quadratic, and harmless: the text has a bound. */
const BOUNDED: Readonly<Record<string, string>> = {
  'src/upstream/provider.ts /\\/+$/': 'the address of an upstream, 2048 characters',
  'src/platform/network/addresses.ts /%.*$/': 'an IP address, as the resolver or the URL parser wrote it',
};

function expressionsOf(path: string, text: string): RegExp[] {
  const found: RegExp[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      found.push(new RegExp(node.text.slice(1, end), node.text.slice(end + 1)));
    }
    if (ts.isNewExpression(node) && node.expression.getText() === 'RegExp') {
      throw new Error(`${path} makes an expression at run time: ${node.getText()}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return found;
}

const EXPRESSIONS = sourceFiles()
  .filter(({ path }) => FOREIGN.test(path))
  .flatMap(({ root, path }) =>
    expressionsOf(path, readFileSync(join(root, path), 'utf8')).map(expression => ({ path, expression })),
  );

/** What an expression may stumble over: its own words, and what stands between words, over and over. */
function hostileTexts({ source }: RegExp): string[] {
  const words = source.replaceAll(/\\[a-zA-Z]/g, ' ').match(/[A-Za-z0-9]{2,}/g) ?? [];
  const between = ['a', '0', ' ', '-', '_', '.', ':', '/', '=', '#', '"', '\\', '\n', '{', '[', ';', ','];
  const units = [...between, ...words, ...words.flatMap(word => ['-', ' ', ':', '/', '.'].map(mark => mark + word))];
  return units.flatMap(unit => {
    const many = unit.repeat(Math.ceil(SIZE / unit.length));
    return [`${many}\n\u0000`, ...(words[0] === undefined ? [] : [`${words[0]}${many}\n\u0000`])];
  });
}

it('are found', () => {
  expect(EXPRESSIONS.length).toBeGreaterThan(60);
});

it.each(EXPRESSIONS.map(({ path, expression }) => [`${path} ${String(expression)}`, expression] as const))(
  '%s takes time in the length of a text, not in its square',
  (name, expression) => {
    if (name in BOUNDED) return;
    for (const text of hostileTexts(expression)) {
      const before = process.cpuUsage();
      text.replace(expression, '');
      const { user, system } = process.cpuUsage(before);
      if ((user + system) / 1_000 > MAX_CPU_MS) throw new Error(`slow over ${JSON.stringify(text.slice(0, 40))}…`);
    }
  },
);
