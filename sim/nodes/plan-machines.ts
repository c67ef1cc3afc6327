/** From the VPC to the machines that the fabric starts. Pure. */
import { join } from 'node:path';
import { DrydockError } from '../errors.ts';
import type { MachineSpec } from '../fabric/index.ts';
import type { VpcModel } from '../vpc/model.ts';
import { type LaunchedNode, parseLaunch } from './launch-contract.ts';
import { programs, type Reference } from './programs.ts';

/** What stands in for the AWS services behind the references, until those are simulated. */
export interface StandIns {
  /** Folder with `model.json` and the model file. */
  readonly modelDirectory: string;
  /** Writable; holds built graphs. */
  readonly cacheDirectory: string;
  /** `[{"id", "sha256"}]`. */
  readonly apiKeysJson: string;
  /** Holds `verify-keys/`, and `nodes/<id>/` with the node's token: replaced while programs run. */
  readonly credentialsDirectory: string;
  readonly logDirectory: string;
  /** State of the run, with the API key itself: hidden from every program. */
  readonly stateDirectory: string;
}

/** @throws DrydockError SIM_LAUNCH_CONTRACT_BROKEN */
export function planNodes(model: VpcModel): readonly LaunchedNode[] {
  const nodes = model.instances.flatMap((instance) => parseLaunch(instance) ?? []);
  if (nodes.length === 0) {
    throw new DrydockError(
      'SIM_LAUNCH_CONTRACT_BROKEN',
      'could not launch anything: no machine of the configuration has the tag drydock:program; see docs/launch-contract.md',
    );
  }
  return nodes;
}

export function planMachine(node: LaunchedNode, namespace: string, standIns: StandIns): MachineSpec {
  const { command, references } = programs[node.program];
  return {
    id: node.id,
    namespace,
    command,
    environment: node.environment,
    files: {
      'node-id': node.id,
      'availability-zone': node.availabilityZone,
      ...(references.includes('api-keys') && { 'secrets/api-keys.json': standIns.apiKeysJson }),
    },
    mounts: references.flatMap((reference) => mountsOf(reference, node, standIns)),
    hiddenFolders: [standIns.stateDirectory],
    logFile: join(standIns.logDirectory, `${node.id}.log`),
  };
}

function mountsOf(
  reference: Reference,
  { id }: LaunchedNode,
  { modelDirectory, cacheDirectory, credentialsDirectory }: StandIns,
): MachineSpec['mounts'] {
  switch (reference) {
    case 'api-keys':
      return [];
    case 'model':
      return [
        { source: modelDirectory, target: 'model', isReadOnly: true },
        { source: cacheDirectory, target: 'cache', isReadOnly: false },
      ];
    case 'credential':
      return [{ source: join(credentialsDirectory, 'nodes', id), target: 'credential', isReadOnly: true }];
    case 'verify-keys':
      return [{ source: join(credentialsDirectory, 'verify-keys'), target: 'verify-keys', isReadOnly: true }];
  }
}
