/** The state of a running simulation: what passes over the control channel, and how a person reads it. Pure. */
import { z } from 'zod';
import { visible } from '../escape.ts';
import { duration } from './duration.ts';
import { textTable } from './text-table.ts';

const nodeSchema = z.object({
  id: z.string(),
  program: z.string(),
  availabilityZone: z.string(),
  privateAddress: z.string(),
  publicAddress: z.string().optional(),
  state: z.enum(['starting', 'serving', 'frozen', 'restarting', 'dead']),
  /** When it came into that state, in milliseconds of the epoch. */
  sinceMs: z.number(),
  restarts: z.number(),
  lastEnd: z.string().optional(),
  /** As this machine counts; absent while it does not run. */
  pid: z.number().optional(),
});

export const faultSchema = z.object({
  id: z.string(),
  kind: z.enum(['kill', 'freeze', 'cut', 'lose', 'limit']),
  target: z.string(),
  effect: z.string(),
  hits: z.array(z.string()),
  sinceMs: z.number(),
  untilMs: z.number().optional(),
});

/** What a gateway says of itself; not every version says all of it. */
export const gatewayHealthSchema = z.object({
  engines: z.array(z.object({ availabilityZone: z.string(), isUp: z.boolean() })).optional(),
  routes: z
    .array(
      z.object({
        workerId: z.string(),
        engine: z.string(),
        isUp: z.boolean(),
        isDraining: z.boolean(),
        inflight: z.number(),
      }),
    )
    .optional(),
});

export const statusSchema = z.object({
  sinceMs: z.number(),
  nowMs: z.number(),
  terraform: z.string(),
  /** Readable by its owner alone. The key itself is told nowhere. */
  apiKeyFile: z.string(),
  /** Listeners of this machine, and where in the simulated network their connections go on. */
  relays: z.array(z.object({ url: z.string(), node: z.string(), address: z.string(), port: z.number() })),
  nodes: z.array(nodeSchema),
  faults: z.array(faultSchema),
  /** Through the entrance, as a client on the internet sees it. */
  gateway: z.object({ state: z.string(), isReady: z.boolean() }).extend(gatewayHealthSchema.shape),
});
export type Status = z.infer<typeof statusSchema>;
export type ToldFault = z.infer<typeof faultSchema>;

export function describeStatus(status: Status, name: string): string {
  const age = (sinceMs: number) => duration(status.nowMs - sinceMs);
  return [
    `Simulation ${name} of ${status.terraform}, up for ${age(status.sinceMs)}`,
    ...status.relays.map(
      ({ url, node, address, port }) => `  ${url} → internet → ${node} (${address}:${port})`,
    ),
    `  API key: in ${status.apiKeyFile}`,
    '',
    ...textTable(
      ['node', 'program', 'zone', 'address', 'state', 'for', 'pid', 'restarts'],
      status.nodes.map((node) => [
        node.id,
        node.program,
        node.availabilityZone,
        [node.privateAddress, node.publicAddress].filter(Boolean).join(', '),
        node.state,
        age(node.sinceMs),
        node.pid === undefined ? '–' : String(node.pid),
        node.restarts === 0 ? '0' : `${node.restarts} (it ${node.lastEnd})`,
      ]),
    ),
    '',
    `Gateway, through the entrance: ${status.gateway.state}`,
    ...gatewayLines(status.gateway),
    ...faultLines(status.faults, status.nowMs),
    '',
  ]
    .map(visible)
    .join('\n');
}

function gatewayLines({ engines = [], routes = [] }: Status['gateway']): readonly string[] {
  const workers = Object.entries(Object.groupBy(routes, ({ workerId }) => workerId));
  return [
    ...engines.map(
      ({ availabilityZone, isUp }) => `  engine of ${availabilityZone}: ${isUp ? 'up' : 'down'}`,
    ),
    ...workers.map(([worker, own = []]) => `  ${worker}: ${own.map(routeText).join(', ')}`),
  ];
}

function routeText(route: NonNullable<Status['gateway']['routes']>[number]): string {
  const state = route.isUp ? (route.isDraining ? 'draining' : 'up') : 'down';
  return `${state} by ${route.engine}, ${route.inflight} in flight`;
}

function faultLines(faults: readonly ToldFault[], nowMs: number): readonly string[] {
  if (faults.length === 0) return ['', 'No fault is in force.'];
  const rows = faults.map(({ id, target, effect, hits, sinceMs, untilMs }) => [
    ...[id, target, effect, hits.join(', '), duration(nowMs - sinceMs)],
    untilMs === undefined ? `./drydock fault heal ${id}` : `in ${duration(Math.max(0, untilMs - nowMs))}`,
  ]);
  return ['', 'Faults in force:', ...textTable(['id', 'target', 'effect', 'hits', 'for', 'heals'], rows)];
}
