/** What a running simulation answers to hands from another terminal: its state, faults, restarts, and where a command may run. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type ControlMethods, controlMethod } from '../control/index.ts';
import { type PlacedFault, publicGateway, type StartedDeployment } from '../deployment/index.ts';
import { DrydockError } from '../errors.ts';
import { parseTarget } from '../faults/index.ts';
import {
  execRequestSchema,
  type FaultAnswer,
  type FaultRequest,
  faultRequestSchema,
  type HealAnswer,
  healRequestSchema,
  type RestartAnswer,
  restartRequestSchema,
} from './fault-request.ts';
import { askGateway } from './gateway-health-runtime.ts';
import type { Status } from './status.ts';

export interface HandsOptions {
  readonly startedMs: number;
  readonly apiKeyFile: string;
  /** Learns what was done, in the order in which it was. */
  readonly onFault: (answer: FaultAnswer) => void;
  readonly onHeal: (answer: HealAnswer) => void;
  readonly onRestart: (answer: RestartAnswer) => void;
}

export function handsMethods(deployment: StartedDeployment, options: HandsOptions): ControlMethods {
  return {
    status: controlMethod({ params: z.null(), run: () => statusOf(deployment, options) }),
    fault: controlMethod({
      params: faultRequestSchema,
      async run(request, { signal }) {
        const placed = await inject(deployment, request);
        // Whoever asked will never read how to undo it.
        if (signal.aborted) await placed.heal();
        const answer = answerOf(deployment, placed);
        options.onFault(answer);
        return answer;
      },
    }),
    heal: controlMethod({
      params: healRequestSchema,
      async run({ target }) {
        const { healed, tookMs } = await deployment.faults.heal(target);
        const answer: HealAnswer = { healed: healed.map(told), tookMs };
        options.onHeal(answer);
        return answer;
      },
    }),
    restart: controlMethod({
      params: restartRequestSchema,
      async run({ node, graceMs }) {
        const answer = await deployment.restart(node, graceMs === undefined ? {} : { graceMs });
        options.onRestart(answer);
        return answer;
      },
    }),
    exec: controlMethod({ params: execRequestSchema, run: (params, call) => lend(deployment, params, call) }),
  };
}

async function statusOf(
  deployment: StartedDeployment,
  { startedMs, apiKeyFile }: HandsOptions,
): Promise<Status> {
  const [processes, gateway] = await Promise.all([deployment.programProcesses(), askGateway(deployment.url)]);
  const { id: node, address, port } = publicGateway(deployment.plan);
  return {
    sinceMs: startedMs,
    nowMs: Date.now(),
    terraform: deployment.plan.terraform,
    apiKeyFile,
    relays: [{ url: deployment.url, node, address, port }],
    nodes: deployment.nodes().map((one) => {
      const pid = processes.get(one.id);
      return { ...one, ...(pid !== undefined && { pid }) };
    }),
    faults: deployment.faults.inForce().map(told),
    gateway,
  };
}

function inject({ faults }: StartedDeployment, request: FaultRequest): Promise<PlacedFault> {
  const { kind, target, ...options } = request;
  // Fields that were not sent are undefined here, and absent there.
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  switch (request.kind) {
    case 'kill':
      return faults.kill(target, given);
    case 'freeze':
      return faults.freeze(target, given);
    case 'cut':
      return faults.cut(target, given);
    case 'lose':
      return faults.lose(target, { ...given, percent: request.percent });
    case 'limit':
      return faults.limit(target, { ...given, bitsPerSecond: request.bitsPerSecond });
  }
}

function answerOf(deployment: StartedDeployment, placed: PlacedFault): FaultAnswer {
  const { tookMs, ...fault } = placed;
  const isInForce = deployment.faults.inForce().some(({ id }) => id === fault.id);
  const { id: entrance } = publicGateway(deployment.plan);
  const { kind } = parseTarget(fault.target, deployment.plan.fabric);
  // Of two, what others send is not touched.
  const isOnTheWay = (kind !== 'link' && kind !== 'direction') || fault.hits.includes('internet');
  const restarts = fault.hits.flatMap((hit) => {
    const node = deployment.plan.nodes.find(({ id }) => id === hit);
    return node === undefined || node.restart.when === 'no' ? [] : [node.restart.delayMs];
  });
  const isRestarted = fault.kind === 'kill' && !isInForce && restarts.length > 0;
  return {
    fault: told(fault),
    isInForce,
    tookMs,
    ...(isRestarted && { restartsInMs: Math.max(...restarts) }),
    ...(isOnTheWay && fault.hits.includes(entrance) && { entrance }),
  };
}

function told({ id, kind, target, effect, hits, sinceMs, untilMs }: Omit<PlacedFault, 'tookMs' | 'heal'>) {
  return {
    ...{ id, kind, target, effect, hits: [...hits], sinceMs },
    ...(untilMs !== undefined && { untilMs }),
  };
}

/** Tells where the command is to run, and ends what is left of it when the caller hangs up, however that comes about. */
async function lend(
  deployment: StartedDeployment,
  { node }: z.infer<typeof execRequestSchema>,
  { signal, emit }: { readonly signal: AbortSignal; readonly emit: (event: unknown) => void },
): Promise<void> {
  const known = deployment.nodes().map(({ id }) => id);
  if (!known.includes(node))
    throw refused(node, `there is no such node; there are ${known.join(', ')}`, 'SIM_ENDPOINT_UNKNOWN');
  const pid = (await deployment.programProcesses()).get(node);
  const environment = deployment.plan.nodes.find(({ id }) => id === node)?.environment ?? {};
  if (pid === undefined)
    throw refused(node, 'its program does not run; see ./drydock status', 'SIM_NODE_FAILED');
  const mark = `DRYDOCK_EXEC=${randomUUID()}`;
  emit({ pid, environment, mark });
  if (!signal.aborted) {
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
  }
  await deployment.endMarked(node, mark);
}

function refused(node: string, reason: string, code: 'SIM_ENDPOINT_UNKNOWN' | 'SIM_NODE_FAILED') {
  return new DrydockError(code, `could not run a command on ${node}: ${reason}`);
}
