/** A reload in words: what was touched, which programs it moved, and the flows that opened and closed. */
import { z } from 'zod';

/** What is asked, over the control channel. */
export const reloadParamsSchema = z.object({
  /** As the caller named it, where both have the same working directory; else absolute. */
  path: z.string(),
  variables: z.record(z.string(), z.string()),
  variableFiles: z.array(z.string()),
});
export type ReloadParams = z.infer<typeof reloadParamsSchema>;

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
