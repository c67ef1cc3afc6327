/** How functions look in lists and descriptions, in the shapes of iii 0.22.1 and 0.23. Pure. */
import type { EngineFunction } from './function-table.ts';
import { type EngineMode, namespaceOf } from './mode.ts';
import type { Trigger } from './trigger-table.ts';

/** Members that are undefined are absent from the wire. */
export interface FunctionRow {
  readonly function_id: string;
  readonly namespace?: string;
  readonly worker_name: string;
  readonly description: string | undefined;
  readonly metadata: unknown;
}

export function functionRow(listed: EngineFunction, mode: EngineMode): FunctionRow {
  return {
    function_id: listed.id,
    ...namespaceOf(mode),
    worker_name: workerNameOf(listed),
    description: listed.description,
    metadata: listed.metadata,
  };
}

/** Until its owner has called `engine::workers::register`, the first segment of the id stands for the worker's name. */
export function workerNameOf(listed: EngineFunction): string {
  if (listed.kind === 'builtin') return listed.part;
  return listed.owner.identity?.name ?? firstSegment(listed.id);
}

export function firstSegment(id: string): string {
  return id.split('::')[0] ?? id;
}

export function functionDetail(
  found: EngineFunction,
  { mode, triggers }: { readonly mode: EngineMode; readonly triggers: readonly Trigger[] },
) {
  return {
    ...functionRow(found, mode),
    request_schema: found.kind === 'worker' ? found.requestFormat : undefined,
    response_schema: found.kind === 'worker' ? found.responseFormat : undefined,
    registered_triggers: triggers
      .filter(({ functionId }) => functionId === found.id)
      .map(({ id, triggerType, config }) => ({ id, trigger_type: triggerType, config })),
  };
}

export function isMatch(search: string | null | undefined, texts: readonly string[]): boolean {
  const wanted = search?.toLowerCase() ?? '';
  return texts.some((text) => text.toLowerCase().includes(wanted));
}
