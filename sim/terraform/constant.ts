/** Values that may refer to nothing: defaults of variables, and what variable files and options give. */

import type { JsonValue } from './configuration.ts';
import type { Evaluation } from './evaluator.ts';
import type { Site } from './site.ts';
import type { Value } from './value.ts';

/** In JSON such a text stands for itself; in HCL it is an expression, in which names mean nothing. */
export function constantOf(evaluation: Evaluation, raw: JsonValue, site: Site): Value {
  if (site.source.syntax === 'json') return literal(raw);
  return evaluation.evaluate(raw, { ...site, scope: { module: evaluation.root, isConstant: true } });
}

function literal(raw: JsonValue): Value {
  if (raw === null || typeof raw !== 'object') return raw;
  if (isRawList(raw)) return raw.map(literal);
  return new Map(Object.entries(raw).map(([name, item]) => [name, literal(item)]));
}

function isRawList(raw: JsonValue): raw is readonly JsonValue[] {
  return Array.isArray(raw);
}
