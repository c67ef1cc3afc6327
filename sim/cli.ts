/**
 * The simulator's door for the `drydock` command: one file of `commands/` for each sub-command. Heavy parts load when an
 * action runs.
 */
import type { Command } from 'commander';
import { addDiff } from './commands/diff.ts';
import { addExplain } from './commands/explain.ts';
import { addGraph } from './commands/graph.ts';
import { addPolicy } from './commands/policy.ts';
import { addReload } from './commands/reload.ts';
import { addUp } from './commands/up.ts';
import { addVerify } from './commands/verify.ts';

const subCommands: readonly ((program: Command) => void)[] = [
  addUp,
  addReload,
  addVerify,
  addExplain,
  addDiff,
  addGraph,
  addPolicy,
];

export function addCommands(program: Command): void {
  for (const add of subCommands) add(program);
}
