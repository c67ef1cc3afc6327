/** One block laid over another, as Terraform does with override files: argument by argument, nested blocks by their kind. */

import type { JsonObject, SourceFile } from './configuration.ts';
import { isObject } from './parse-file.ts';
import type { Placed } from './site.ts';

export function overridden<Item extends Placed & { readonly body: JsonObject }>(
  before: Item,
  over: Item,
): Item {
  const { dynamic: dynamicBefore, ...body } = before.body;
  const { dynamic: dynamicOver, ...bodyOver } = over.body;
  const replaced = new Set([...Object.keys(bodyOver), ...namesIn(dynamicOver)]);
  const kept = Object.fromEntries(Object.entries(body).filter(([name]) => !replaced.has(name)));
  const keptDynamic = Object.entries(isObject(dynamicBefore) ? dynamicBefore : {}).filter(
    ([name]) => !replaced.has(name),
  );
  const dynamic = { ...Object.fromEntries(keptDynamic), ...(isObject(dynamicOver) ? dynamicOver : {}) };
  return {
    ...before,
    body: { ...kept, ...bodyOver, ...(Object.keys(dynamic).length > 0 && { dynamic }) },
    source: mergedSource(before, over, replaced),
  };
}

function namesIn(dynamic: unknown): readonly string[] {
  return isObject(dynamic) ? Object.keys(dynamic) : [];
}

function mergedSource(before: Placed, over: Placed, replaced: ReadonlySet<string>): SourceFile {
  const placeIn = (source: SourceFile, path: readonly (string | number)[]) =>
    source.placeOf?.(path) ?? { file: source.path, line: source.positions.lineAt(path) };
  return {
    ...before.source,
    placeOf: (path) => {
      const steps = path.slice(before.path.length);
      const name = steps[0] === 'dynamic' ? steps[1] : steps[0];
      return typeof name === 'string' && replaced.has(name)
        ? placeIn(over.source, [...over.path, ...steps])
        : placeIn(before.source, path);
    },
  };
}
