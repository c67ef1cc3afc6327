/** A deployment for one row: two gateways with an entrance each, three workers, two engines, all fresh. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type PreparedModel,
  planDeployment,
  publicGateways,
  type RunDirectory,
  startDeployment,
} from '../../deployment/index.ts';
import { type Topology, topologyOf } from '../topology.ts';
import { writeDrillTerraform } from './drill-terraform.ts';
import type { Door } from './stream-answer.ts';
import { openStriker, type Striker } from './strike-deployment.ts';

export interface DrilledDeployment extends AsyncDisposable {
  readonly topology: Topology;
  readonly doors: readonly Door[];
  readonly striker: Striker;
  /** Programs that ended though nobody ended them. */
  readonly incidents: readonly string[];
}

export interface DrilledOptions {
  readonly terraform: string;
  readonly run: RunDirectory;
  readonly model: PreparedModel;
  /** Of the row; its logs lie in a folder of that name. */
  readonly name: string;
  readonly onLost: (error: Error) => void;
}

export async function startDrilledDeployment(options: DrilledOptions): Promise<DrilledDeployment> {
  const { run, model, name } = options;
  const plan = await planDeployment(writeDrillTerraform(options.terraform, join(run.runDirectory, 'drill')));
  const logDirectory = join(run.logDirectory, name);
  mkdirSync(logDirectory, { recursive: true, mode: 0o700 });
  const incidents: string[] = [];
  await using stack = new AsyncDisposableStack();
  const deployment = stack.use(
    await startDeployment(plan, {
      modelDirectory: model.directory,
      cacheDirectory: model.graphCacheDirectory,
      apiKeysJson: run.apiKeysJson,
      logDirectory,
      stateDirectory: run.stateDirectory,
      onNodeEnded: (id, how) => incidents.push(`${id} ended by itself: it ${how}`),
      onLost: options.onLost,
    }),
  );
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
    incidents,
    striker: openStriker(deployment),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
