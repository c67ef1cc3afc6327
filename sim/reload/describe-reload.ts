/** A reload in words: what was touched, which programs it moved, and the flows that opened and closed. */
import { z } from 'zod';
import type { CompiledFabric } from '../compile/index.ts';
import { type Compared, describeChanges } from '../diff/index.ts';

const names = z.array(z.string());

/** As it passes over the control channel. */
export const reloadedSchema = z.object({
  tookMs: z.number(),
  added: names,
  removed: names,
  remade: names,
  touched: names,
  unchanged: names,
  started: names,
  stopped: names,
  restarted: names,
  changes: z.array(z.looseObject({ kind: z.enum(['opened', 'closed', 'changed']) })),
  unknown: names,
  /** Flows, as `drydock diff` tells them. */
  flows: z.string(),
});
export type Reloaded = z.infer<typeof reloadedSchema>;

export function describeReload(reloaded: Reloaded): string {
  const lines = [
    ['added', reloaded.added],
    ['removed', reloaded.removed],
    ['made anew', reloaded.remade],
    ['touched', reloaded.touched],
    ['started', reloaded.started],
    ['stopped', reloaded.stopped],
    ['started again', reloaded.restarted],
  ] as const;
  const told = lines.flatMap(([what, all]) => (all.length === 0 ? [] : [`  ${what}: ${all.join(', ')}`]));
  const isNothing = told.length === 0;
  return [
    `Reloaded in ${Math.round(reloaded.tookMs)} ms; ${isNothing ? 'nothing differs' : `${reloaded.unchanged.length} parts of the network were not touched`}`,
    ...told,
    reloaded.flows.trimEnd(),
    '',
  ].join('\n');
}

/** What a namespace of either fabric stands for. */
export function namesOfNamespaces(...fabrics: readonly CompiledFabric[]): (namespace: string) => string {
  const known = new Map<string, string>();
  for (const fabric of fabrics) {
    known.set(fabric.internet.namespace, 'the internet');
    for (const { namespace, endpoint } of fabric.interfaces) known.set(namespace, endpoint);
    for (const { namespace, address } of [...fabric.natGateways, ...fabric.endpoints])
      known.set(namespace, address);
    for (const { namespace, edge, address } of fabric.routers) {
      known.set(namespace, `the router of ${address}`);
      known.set(edge, `the way of ${address} to the internet`);
    }
  }
  return (namespace) => known.get(namespace) ?? namespace;
}

export function flowsText(compared: Compared): string {
  return describeChanges(compared);
}
