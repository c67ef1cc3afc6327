/** Every sub-command and the door that brings it. Only the door that was asked for is loaded. */

import type { Command } from 'commander';

export interface Door {
  /**
   * Adds the sub-command through `program.command(…)`, so that it inherits how errors are told. Heavy parts are
   * loaded later, in its action.
   */
  addCommands(program: Command): void;
}

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly example: string;
  readonly load: () => Promise<Door>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'bring up the simulated deployment and ask its model a question',
    example: './drydock up --model tiny --once',
    load: () => import('../sim/cli.ts'),
  },
  {
    name: 'reload',
    summary: 'apply changed Terraform to the simulation that runs',
    example: './drydock reload ../infrastructure',
    load: () => import('../sim/cli.ts'),
  },
  {
    name: 'verify',
    summary: 'prove what a network lets through, hold it against a policy',
    example: './drydock verify',
    load: () => import('../sim/cli.ts'),
  },
  {
    name: 'explain',
    summary: 'say whether one flow works, and which rules decide',
    example: './drydock explain internet aws_autoscaling_group.gateway 443',
    load: () => import('../sim/cli.ts'),
  },
  {
    name: 'diff',
    summary: 'show the flows that open and close between two versions',
    example: './drydock diff main HEAD',
    load: () => import('../sim/cli.ts'),
  },
  {
    name: 'graph',
    summary: 'draw a network and the flows that it permits',
    example: './drydock graph --svg network.svg',
    load: () => import('../sim/cli.ts'),
  },
  {
    name: 'policy',
    summary: 'write a policy file from what a network lets through today',
    example: './drydock policy init',
    load: () => import('../sim/cli.ts'),
  },
  {
    name: 'model',
    summary: 'get a model, verify it and prepare its graph',
    example: './drydock model prepare tiny',
    load: () => import('../src/worker/cli.ts'),
  },
  {
    name: 'eval',
    summary: 'say how likely a model finds a list of token ids',
    example: './drydock eval --model gemma-3-270m --ids ids.json',
    load: () => import('../src/worker/cli.ts'),
  },
  {
    name: 'audit',
    summary: 'find changes, gaps and moved records in an audit log',
    example: './drydock audit verify audit-log --key audit-public.pem',
    load: () => import('../src/gateway/cli.ts'),
  },
];
