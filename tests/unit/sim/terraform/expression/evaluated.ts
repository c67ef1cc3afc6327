/** Expressions evaluated on their own: names stand for what the test gives, and nothing else is a reference. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfigurationFiles } from '../../../../../sim/terraform/expression/configuration-files.ts';
import { evaluateExpression } from '../../../../../sim/terraform/expression/evaluate-expression.ts';
import { parseExpression, parseTemplate } from '../../../../../sim/terraform/expression/parse-expression.ts';
import { jsonPositions } from '../../../../../sim/terraform/json-positions.ts';
import { invalid, type Site, unresolved } from '../../../../../sim/terraform/site.ts';
import { isList, isMap, type Value } from '../../../../../sim/terraform/value.ts';

export const FIXTURES = new URL('../../../../fixtures/terraform-expressions/', import.meta.url);

export const SITE: Site = {
  source: { path: 'main.tf', positions: jsonPositions('{}'), syntax: 'json' },
  address: 'local.result',
  field: '',
  path: [],
};

const STEPS_MAX = 60_000;
const DEPTH_MAX = 300;

export type Roots = Readonly<Record<string, Value>>;

export function evaluateText(text: string, roots: Roots = {}, files?: ConfigurationFiles): Value {
  return evaluateExpression(parseExpression(text, SITE), contextOf(roots, files));
}

export function evaluateTemplateText(text: string, roots: Roots = {}): Value {
  return evaluateExpression(parseTemplate(text, SITE), contextOf(roots));
}

function contextOf(roots: Roots, files?: ConfigurationFiles) {
  let [depth, steps] = [0, 0];
  return {
    site: SITE,
    root(name: string) {
      const found = Object.hasOwn(roots, name) ? roots[name] : undefined;
      if (found === undefined)
        throw invalid(SITE, { reason: `there is no "${name}"`, nextStep: 'correct it' });
      return found;
    },
    deeper<Result>(run: () => Result): Result {
      depth += 1;
      steps += 1;
      try {
        if (depth > DEPTH_MAX)
          throw unresolved(SITE, { reason: 'more than 300 levels', nextStep: 'nest less' });
        if (steps > STEPS_MAX)
          throw unresolved(SITE, { reason: 'more steps than allowed', nextStep: 'loop less' });
        return run();
      } finally {
        depth -= 1;
      }
    },
    ...(files && { files }),
  };
}

/** Maps as plain objects, and no negative zero, as JSON has them. */
export function plain(value: Value): unknown {
  if (isList(value)) return value.map(plain);
  if (isMap(value)) return Object.fromEntries([...value].map(([name, item]) => [name, plain(item)]));
  return Object.is(value, -0) ? 0 : value;
}

/** The files of the fixture. */
export function fixtureFiles(): ConfigurationFiles {
  const directory = fileURLToPath(new URL('files', FIXTURES));
  return {
    directory,
    readFile(path) {
      try {
        return readFileSync(path);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw invalid(SITE, { reason: 'it is no file', nextStep: 'correct it', isTerraformsOwn: true });
      }
    },
    listFiles(inside) {
      try {
        const entries = readdirSync(inside, { recursive: true, withFileTypes: true });
        return entries
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(inside.length + 1));
      } catch {
        return [];
      }
    },
  };
}
