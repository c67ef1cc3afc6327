/** Finds a model's graph as it was built, or builds it. What builds is loaded only then. */

import type { BuildGraphOptions } from '../../graph/build-graph-runtime.ts';
import { type Entry, findEntry } from '../../graph/graph-entry-runtime.ts';
import { graphVariant } from '../../graph/graph-variant.ts';

export async function findGraph(options: BuildGraphOptions & { readonly sha256: string }): Promise<Entry> {
  const key = { sourceSha256: options.sha256, variant: graphVariant(options) };
  const found = await findEntry(options.cacheDir, key);
  if (!('fault' in found)) return found;
  const { buildGraph } = await import('../../graph/build-graph-runtime.ts');
  return buildGraph(options);
}
