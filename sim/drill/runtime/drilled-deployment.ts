/** The deployment that is drilled: two gateways with an entrance each, three workers, two engines. */
import { join } from 'node:path';
import {
  type DeploymentPlan,
  type PreparedModel,
  planDeployment,
  publicGateways,
  type RunDirectory,
  type StartedDeployment,
  startDeployment,
} from '../../deployment/index.ts';
import { type Topology, topologyOf } from '../topology.ts';
import { writeDrillTerraform } from './drill-terraform.ts';
import type { Door } from './stream-answer.ts';
import { openStriker, type Striker } from './strike-deployment.ts';

export interface DrilledDeployment extends AsyncDisposable {
  readonly topology: Topology;
  readonly doors: readonly Door[];
  /** Of all workers together. */
  readonly slots: number;
  readonly striker: Striker;
  /** Programs that ended though nobody ended them, since the last time that it was asked. */
  takeIncidents(): readonly string[];
}

/** What workers find in their folders. */
export type DrilledModel = Pick<PreparedModel, 'directory' | 'graphCacheDirectory'>;

export interface DrilledOptions {
  readonly terraform: string;
  readonly run: RunDirectory;
  readonly model: DrilledModel;
  /** Called when the networks are there and no program is. */
  readonly beforePrograms?: (deployment: StartedDeployment) => Promise<void>;
  /** Of 1,000 replies, how many each engine loses. */
  readonly lostReplies?: number;
  readonly onLost: (error: Error) => void;
}

export async function startDrilledDeployment(options: DrilledOptions): Promise<DrilledDeployment> {
  const { run, model, lostReplies } = options;
  const terraform = writeDrillTerraform(options.terraform, join(run.runDirectory, 'drill'));
  const plan = withLostReplies(await planDeployment(terraform), lostReplies);
  const incidents: string[] = [];
  await using stack = new AsyncDisposableStack();
  const deployment = stack.use(
    await startDeployment(plan, {
      modelDirectory: model.directory,
      cacheDirectory: model.graphCacheDirectory,
      apiKeysJson: run.apiKeysJson,
      logDirectory: run.logDirectory,
      stateDirectory: run.stateDirectory,
      onNodeEnded: (id, how) => incidents.push(`${id} ended by itself: it ${how}`),
      onLost: options.onLost,
    }),
  );
  await options.beforePrograms?.(deployment);
  await deployment.startPrograms();
  const doors: Door[] = [];
  for (const entrance of publicGateways(plan)) {
    const { port } = stack.use(await deployment.openEntrance(entrance));
    doors.push({ gateway: entrance.id, port });
  }
  const owned = stack.move();
  return {
    topology: topologyOf(plan.nodes),
    doors,
    slots: slotsOf(plan),
    takeIncidents: () => incidents.splice(0),
    striker: openStriker(deployment),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** As an operator would write it into the engines' user data. */
function withLostReplies(plan: DeploymentPlan, lostReplies: number | undefined): DeploymentPlan {
  if (lostReplies === undefined) return plan;
  const added = { DRYDOCK_ENGINE_LOST_REPLIES: String(lostReplies) };
  const nodes = plan.nodes.map((node) =>
    node.program === 'engine' ? { ...node, environment: { ...node.environment, ...added } } : node,
  );
  return { ...plan, nodes };
}

function slotsOf({ nodes }: DeploymentPlan): number {
  return nodes.reduce((sum, { environment }) => sum + Number(environment.DRYDOCK_SLOTS ?? 0), 0);
}
