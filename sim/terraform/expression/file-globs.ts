/** The patterns of `fileset`: `*` and `?` within a name, `**` across directories, `[a-z]`, `{one,other}`. */

import { regularExpression } from './re2/regular-expression.ts';
import { ArgumentProblem } from './terraform-function.ts';

const PATTERN_LENGTH_MAX = 500;

export function globMatcher(glob: string): (path: string) => boolean {
  if (glob.length > PATTERN_LENGTH_MAX)
    throw new ArgumentProblem('the pattern is too long', { isLimit: true });
  const source = `(?s)^${sourceOf(glob)}$`;
  // RE2's way of matching takes no longer for many stars.
  return (path) => regularExpression(source).first(path) !== undefined;
}

const TOKEN = /\*\*\/|\*+|\?|\[[!^]?[^\]/]+\]|\\.|./gsu;

function sourceOf(glob: string): string {
  let braces = 0;
  const source = glob.replaceAll(TOKEN, (token) => {
    if (token === '**/') return '(?:[^/]+/)*';
    if (token === '**') return '.*';
    if (token.startsWith('*')) return '[^/]*';
    if (token === '?') return '[^/]';
    if (token === '{') braces += 1;
    if (token === '}') braces -= 1;
    if (braces < 0) throw new ArgumentProblem('a brace closes nothing');
    if (token === '{') return '(?:';
    if (token === '}') return ')';
    if (token === ',' && braces > 0) return '|';
    if (token.startsWith('[') && token.length > 1) return classOf(token);
    return literal(token.startsWith('\\') && token.length > 1 ? token.slice(1) : token);
  });
  if (braces > 0) throw new ArgumentProblem('a brace does not close');
  return source;
}

function classOf(token: string): string {
  const isNegated = /^\[[!^]/.test(token);
  const inside = token.slice(isNegated ? 2 : 1, -1).replaceAll(/[\\[\]^]/g, '\\$&');
  return `[${isNegated ? '^' : ''}${inside}]`;
}

function literal(character: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}
