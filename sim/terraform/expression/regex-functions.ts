/** Terraform's functions on regular expressions. */

import { listOf, markedAs, required, STRING, type TerraformType } from '../types/terraform-type.ts';
import type { Value } from '../value.ts';
import { TEXT_LENGTH_MAX } from './bounds.ts';
import { PatternProblem } from './re2/pattern.ts';
import { type Match, type RegularExpression, regularExpression } from './re2/regular-expression.ts';
import { BudgetProblem } from './re2/run-pattern.ts';
import {
  ArgumentProblem,
  define,
  type FunctionCall,
  type FunctionTable,
  refuseLonger,
  TEXT,
  textArgument,
} from './terraform-function.ts';

export const REGEX_FUNCTIONS: FunctionTable = {
  regex: define([TEXT, TEXT], (values, call) =>
    withPattern(textArgument(values, 0), call, (expression) => {
      const match = expression.first(textArgument(values, 1));
      if (match === undefined) throw new ArgumentProblem('the pattern matches nothing in the text');
      return matchValue(match, shapeOf(expression), expression.groupNames);
    }),
  ),
  regexall: define([TEXT, TEXT], (values, call) =>
    withPattern(textArgument(values, 0), call, (expression) => {
      const shape = shapeOf(expression);
      const matches = expression
        .all(textArgument(values, 1))
        .map((match) => matchValue(match, shape, expression.groupNames));
      return markedAs(matches, listOf(typeOfShape(shape, expression)));
    }),
  ),
  replace: define([TEXT, TEXT, TEXT], (values, call) => {
    const [text, search, replacement] = [
      textArgument(values, 0),
      textArgument(values, 1),
      textArgument(values, 2),
    ];
    if (!(search.length > 1 && search.startsWith('/') && search.endsWith('/'))) {
      return replaceText(text, search, replacement);
    }
    return withPattern(search.slice(1, -1), call, (expression) =>
      replaceMatches(text, expression, replacement),
    );
  }),
};

/** Go counts code points here. */
function replaceText(text: string, search: string, replacement: string): string {
  const parts = search === '' ? ['', ...text, ''] : text.split(search);
  refuseLonger(text.length + parts.length * replacement.length, TEXT_LENGTH_MAX);
  return parts.join(replacement);
}

/** Instructions of a pattern that run in about the time of a step. */
const INSTRUCTIONS_PER_STEP = 8;

function withPattern<Result>(
  pattern: string,
  { charge }: FunctionCall,
  use: (expression: RegularExpression) => Result,
): Result {
  try {
    const expression = regularExpression(pattern);
    const result = use(expression);
    charge(expression.steps / INSTRUCTIONS_PER_STEP);
    return result;
  } catch (error) {
    if (error instanceof PatternProblem)
      throw new ArgumentProblem(`the pattern is not valid: ${error.message}`);
    if (error instanceof BudgetProblem) throw new ArgumentProblem(error.message, { isLimit: true });
    throw error;
  }
}

type Shape = 'whole' | 'list' | 'object';

function shapeOf({ groupNames }: RegularExpression): Shape {
  if (groupNames.length === 0) return 'whole';
  const named = groupNames.filter((name) => name !== undefined).length;
  if (named > 0 && named < groupNames.length) {
    throw new ArgumentProblem('the pattern mixes groups with and without name');
  }
  return named > 0 ? 'object' : 'list';
}

function matchValue(match: Match, shape: Shape, names: readonly (string | undefined)[]): Value {
  if (shape === 'whole') return match.groups[0] ?? '';
  const groups = match.groups.slice(1);
  if (shape === 'list') return groups;
  return new Map(groups.map((group, index) => [names[index] ?? '', group]));
}

function typeOfShape(shape: Shape, { groupNames }: RegularExpression): TerraformType {
  if (shape === 'whole') return STRING;
  if (shape === 'list') return { kind: 'tuple', elements: groupNames.map(() => STRING) };
  return { kind: 'object', attributes: new Map(groupNames.map((name) => [name ?? '', required(STRING)])) };
}

function replaceMatches(text: string, expression: RegularExpression, replacement: string): string {
  const characters = [...text];
  let result = '';
  let at = 0;
  for (const match of expression.all(text)) {
    result += characters.slice(at, match.start).join('') + expanded(replacement, match, expression);
    refuseLonger(result.length, TEXT_LENGTH_MAX);
    at = match.end;
  }
  return result + characters.slice(at).join('');
}

/** `$1`, `$name`, `${1}`: the name is as long as it can be, and one that is not there is empty. */
function expanded(replacement: string, { groups }: Match, { groupNames }: RegularExpression): string {
  return replacement.replaceAll(/\$(?:\$|\{([0-9A-Za-z_]+)\}|([0-9A-Za-z_]+))/g, (_, braced, bare) => {
    const name: string | undefined = braced ?? bare;
    if (name === undefined) return '$';
    const index = /^\d+$/.test(name) ? Number(name) : groupNames.indexOf(name) + 1;
    if (!/^\d+$/.test(name) && index === 0) return '';
    return groups[index] ?? '';
  });
}
