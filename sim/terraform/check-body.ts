/** Evaluates everything that a block holds, so that its mistakes are found; what is merely not known passes. */

import type { JsonObject, JsonValue } from './configuration.ts';
import { dynamicBlocksIn, expandDynamic } from './dynamic-blocks.ts';
import type { Evaluator } from './evaluator.ts';
import { isObject } from './parse-file.ts';
import type { Problems } from './problems.ts';
import { type Placed, type Site, siteOf, siteOfStep } from './site.ts';

/** Read by Terraform itself, not as expressions of the configuration. */
const UNCHECKED: ReadonlySet<string> = new Set([
  '//',
  'alias',
  'connection',
  'count',
  'depends_on',
  'for_each',
  'lifecycle',
  'provider',
  'provisioner',
  'version',
]);

export function checkBody(
  placed: Placed & { readonly body: JsonObject },
  evaluator: Evaluator,
  problems: Problems,
): void {
  const site = siteOf(placed);
  for (const [name, raw] of Object.entries(placed.body)) {
    if (UNCHECKED.has(name) || name === 'dynamic') continue;
    checkRaw(raw, siteOfStep(site, name), { evaluator, problems });
  }
  checkDynamic(placed.body, site, { evaluator, problems });
}

interface Checking {
  readonly evaluator: Evaluator;
  readonly problems: Problems;
}

function checkRaw(raw: JsonValue, site: Site, checking: Checking): void {
  const { evaluator, problems } = checking;
  if (holdsDynamic(raw)) {
    for (const [step, item] of stepsOf(raw)) {
      if (step !== 'dynamic') checkRaw(item, siteOfStep(site, step), checking);
    }
    if (isObject(raw)) checkDynamic(raw, site, checking);
    return;
  }
  problems.attempt(() => evaluator.evaluate(raw, site));
}

function checkDynamic(body: JsonObject, site: Site, checking: Checking): void {
  for (const blocks of dynamicBlocksIn(body, site).values()) {
    for (const block of blocks) {
      const contents = checking.problems.attempt(() => expandDynamic(block, checking.evaluator));
      if (contents.kind !== 'known') continue;
      for (const content of contents.value) checkRaw(content.body, content.site, checking);
    }
  }
}

/** Whether dynamic blocks stand anywhere inside: their iterators mean nothing outside of them. */
function holdsDynamic(raw: JsonValue): boolean {
  if (isObject(raw) && isObject(raw.dynamic)) return true;
  return stepsOf(raw).some(([, item]) => holdsDynamic(item));
}

function stepsOf(raw: JsonValue): readonly (readonly [string | number, JsonValue])[] {
  if (Array.isArray(raw)) return (raw as readonly JsonValue[]).map((item, index) => [index, item]);
  return isObject(raw) ? Object.entries(raw) : [];
}
