// The small faults that are made in a file, one at a time, to see whether a spec notices.
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const { SyntaxKind: K } = ts;

const OPERATORS = new Map([
  [K.LessThanToken, ['<=', '>=']],
  [K.LessThanEqualsToken, ['<', '>']],
  [K.GreaterThanToken, ['>=', '<=']],
  [K.GreaterThanEqualsToken, ['>', '<']],
  [K.EqualsEqualsEqualsToken, ['!==']],
  [K.ExclamationEqualsEqualsToken, ['===']],
  [K.EqualsEqualsToken, ['!=']],
  [K.ExclamationEqualsToken, ['==']],
  [K.PlusToken, ['-']],
  [K.MinusToken, ['+']],
  [K.AsteriskToken, ['/']],
  [K.SlashToken, ['*']],
  [K.PercentToken, ['*']],
  [K.AmpersandAmpersandToken, ['||']],
  [K.BarBarToken, ['&&']],
  [K.QuestionQuestionToken, ['&&']],
  [K.PlusEqualsToken, ['-=']],
  [K.MinusEqualsToken, ['+=']],
  [K.BarBarEqualsToken, ['&&=']],
  [K.QuestionQuestionEqualsToken, ['=']],
]);

/** Methods that are told apart by nothing but their name. */
const METHODS = new Map([
  ['min', 'max'],
  ['max', 'min'],
  ['some', 'every'],
  ['every', 'some'],
  ['ceil', 'floor'],
  ['floor', 'ceil'],
  ['startsWith', 'endsWith'],
  ['endsWith', 'startsWith'],
]);

/**
 * @param path of a TypeScript file
 * @returns {{ start: number, end: number, text: string, line: number, was: string }[]} what may stand in the place of what
 */
export function mutantsOf(path) {
  const code = readFileSync(path, 'utf8');
  const file = ts.createSourceFile(path, code, ts.ScriptTarget.Latest, true);
  const found = [];
  const add = (node, text) => {
    const start = node.getStart(file);
    const line = file.getLineAndCharacterOfPosition(start).line + 1;
    found.push({ start, end: node.getEnd(), text, line, was: code.slice(start, node.getEnd()) });
  };
  const visit = node => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isDecorator(node)) return;
    for (const [place, text] of faultsOf(node)) add(place, text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function faultsOf(node) {
  if (ts.isBinaryExpression(node)) return operatorFaults(node);
  if (ts.isPrefixUnaryExpression(node) && node.operator === K.ExclamationToken) {
    return [[node, `(${node.operand.getText()})`]];
  }
  if (ts.isIfStatement(node)) return condition(node.expression);
  if (ts.isConditionalExpression(node)) return condition(node.condition);
  if (ts.isWhileStatement(node)) return [[node.expression, 'false']];
  if (node.kind === K.TrueKeyword) return [[node, 'false']];
  if (node.kind === K.FalseKeyword) return [[node, 'true']];
  if (ts.isExpressionStatement(node) && !isSuper(node.expression)) return [[node, ';']];
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { name } = node.expression;
    const other = METHODS.get(name.text);
    return other === undefined ? [] : [[name, other]];
  }
  return [];
}

/** Of a sum that joins strings there is no difference. */
function operatorFaults({ operatorToken, left, right }) {
  const joins = operatorToken.kind === K.PlusToken && [left, right].some(side => ts.isStringLiteralLike(side));
  return joins ? [] : (OPERATORS.get(operatorToken.kind) ?? []).map(text => [operatorToken, ` ${text} `]);
}

const condition = expression => [
  [expression, 'true'],
  [expression, 'false'],
];

const isSuper = expression => ts.isCallExpression(expression) && expression.expression.kind === K.SuperKeyword;
