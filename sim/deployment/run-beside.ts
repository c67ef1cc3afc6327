/**
 * Programs in the networks of machines that no Terraform has: each has the loopback interface of its machine, its own folders, and no
 * restart. They end with the deployment.
 */
import type { MachineSpec, StartedFabric, SupervisorEvent } from '../fabric/index.ts';
import { type NodeStatesOptions, trackNodes } from './node-states.ts';

export interface ProgramBeside {
  /** Of it alone, among all of the machine. */
  readonly name: string;
  readonly command: MachineSpec['command'];
  /** What it sees of this machine's folders besides. Default: nothing. */
  readonly mounts?: MachineSpec['mounts'];
}

export interface ProgramsBeside {
  /** @returns whether the event was of one of these. */
  onEvent(event: SupervisorEvent): boolean;
  /** @param place of the machine. Resolves when it serves. @throws SIM_NODE_FAILED, SIM_NODE_NOT_READY */
  start(
    program: ProgramBeside,
    place: { readonly node: string; readonly namespace: string; readonly fabric: StartedFabric },
  ): Promise<void>;
}

export interface ProgramsBesideOptions extends NodeStatesOptions {
  /** Hidden from them. */
  readonly stateDirectory: string;
}

const budgetMs = 30_000;

export function openBeside(options: ProgramsBesideOptions): ProgramsBeside {
  const states = trackNodes(options);
  const ids = new Set<string>();
  return {
    onEvent(event) {
      if (!('id' in event && ids.has(event.id))) return false;
      states.onEvent(event);
      return true;
    },
    async start({ name, command, mounts = [] }, { node, namespace, fabric }) {
      const id = `${node}-${name}`;
      ids.add(id);
      await fabric.startMachine({
        ...{ id, namespace, command, environment: {}, files: {}, mounts },
        hiddenFolders: [options.stateDirectory],
        logFile: `${options.logDirectory}/${id}.log`,
      });
      await states.allReady([id], budgetMs);
    },
  };
}
