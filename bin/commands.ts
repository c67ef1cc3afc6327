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
    name: 'status',
    summary: 'show the simulation that runs: programs, faults, entrance',
    example: './drydock status',
    load: () => import('../sim/cli.ts'),
  },
  {
    name: 'logs',
    summary: 'show the log of a program that runs',
    example: './drydock logs worker-0 --follow',
    load: () => import('../sim/cli.ts'),
  },
  {
    name: 'exec',
    summary: 'run a command where a program runs',
    example: './drydock exec worker-0 -- ip route',
    load: () => import('../sim/cli.ts'),
  },
  {
    name: 'fault',
    summary: 'kill, freeze, cut off or slow down what runs, and heal it',
    example: './drydock fault cut eu-west-1b --seconds 30',
    load: () => import('../sim/cli.ts'),
  },
  {
    name: 'restart',
    summary: 'stop a program in order and start it again',
    example: './drydock restart worker-0',
    load: () => import('../sim/cli.ts'),
  },
  {
    name: 'ask',
    summary: 'ask the model that runs a question',
    example: './drydock ask "What is the capital of France?"',
    load: () => import('../sim/cli.ts'),
  },
  {
    name: 'drill',
    summary: 'break things under load, and judge every answer',
    example: './drydock drill --fault worker-killed',
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
