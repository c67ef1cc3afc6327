/** What becomes of the programs when a deployment's network changes: which are new, which go, and which have to start again. Pure. */
import type { MachineSpec, ReloadedNamespaces } from '../fabric/index.ts';

export interface ProgramChanges {
  readonly started: readonly string[];
  readonly stopped: readonly string[];
  /** What they are told at their start has changed, or their interface was made anew. */
  readonly restarted: readonly string[];
}

export function programChanges(
  before: readonly MachineSpec[],
  after: readonly MachineSpec[],
  { removed, remade }: Pick<ReloadedNamespaces, 'removed' | 'remade'>,
): ProgramChanges {
  const had = new Map(before.map((spec) => [spec.id, JSON.stringify(spec)]));
  const has = new Set(after.map(({ id }) => id));
  const moved = new Set([...removed, ...remade]);
  const isChanged = (spec: MachineSpec) =>
    had.get(spec.id) !== JSON.stringify(spec) || moved.has(spec.namespace);
  return {
    started: after.filter(({ id }) => !had.has(id)).map(({ id }) => id),
    stopped: [...had.keys()].filter((id) => !has.has(id)),
    restarted: after.filter((spec) => had.has(spec.id) && isChanged(spec)).map(({ id }) => id),
  };
}
