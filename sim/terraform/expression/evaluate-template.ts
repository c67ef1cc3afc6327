/** Evaluates the text of a template with its interpolations and directives. A part that is not known makes it unknown. */

import type { Site } from '../site.ts';
import {
  describeKind,
  isLazyObject,
  isSymbolic,
  reasonOf,
  type Symbolic,
  symbolIn,
  toBoolean,
  toText,
  unknownBecause,
  type Value,
} from '../value.ts';
import { bounded } from './bounds.ts';
import { failure } from './evaluate-access.ts';
import { type EvaluateWith, roundsOf } from './evaluate-loops.ts';
import type { TemplateExpression, TemplatePart } from './syntax.ts';

export function evaluateTemplate(expression: TemplateExpression, evaluate: EvaluateWith, site: Site): Value {
  const text = textOf(expression.parts, evaluate, site);
  return typeof text === 'string' ? text : unknownBecause(text);
}

/** Every part is evaluated, so that a mistake is found also behind what is not known. */
function textOf(parts: readonly TemplatePart[], evaluate: EvaluateWith, site: Site): string | Symbolic {
  let text = '';
  let unknown: Symbolic | undefined;
  for (const part of parts) {
    const found = partOf(part, evaluate, site);
    if (typeof found === 'string') text = bounded(text + found, site);
    else unknown ??= found;
  }
  return unknown ?? text;
}

function partOf(part: TemplatePart, evaluate: EvaluateWith, site: Site): string | Symbolic {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'interpolation':
      return interpolated(evaluate(part.expression), site);
    case 'if': {
      const test = evaluate(part.test);
      if (isSymbolic(test))
        return { kind: 'unknown', reason: `the condition is not known: ${reasonOf(test)}` };
      const isTrue = toBoolean(test);
      if (isTrue === undefined) throw failure(site, `a condition cannot be ${describeKind(test)}`);
      return textOf(isTrue ? part.then : part.otherwise, evaluate, site);
    }
    case 'for':
      return loopText(part, evaluate, site);
  }
}

function loopText(
  part: Extract<TemplatePart, { kind: 'for' }>,
  evaluate: EvaluateWith,
  site: Site,
): string | Symbolic {
  const rounds = roundsOf(part.loop, evaluate, site);
  if ('kind' in rounds) return rounds;
  let text = '';
  for (const { bindings } of rounds) {
    const found = textOf(part.body, (inner, own) => evaluate(inner, merged(bindings, own)), site);
    if (typeof found !== 'string') return found;
    text = bounded(text + found, site);
  }
  return text;
}

/** What is bound further inside hides what is bound further outside. */
function merged(outer: Parameters<EvaluateWith>[1], inner: Parameters<EvaluateWith>[1]) {
  const names = new Map([...(outer?.names ?? []), ...(inner?.names ?? [])]);
  return { ...outer, ...inner, names };
}

function interpolated(value: Value, site: Site): string | Symbolic {
  const symbol = symbolIn(value);
  if (symbol) return symbol;
  const text = isLazyObject(value) ? undefined : toText(value);
  if (text === undefined) throw failure(site, `a template cannot hold ${describeKind(value)}`);
  return text;
}
