/**
 * The simulator's door for the `drydock` command: one file of `commands/` for each sub-command. Heavy parts load when an
 * action runs.
 */
import type { Command } from 'commander';
import { addAsk } from './commands/ask.ts';
import { addDiff } from './commands/diff.ts';
import { addDrill } from './commands/drill.ts';
import { addExec } from './commands/exec.ts';
import { addExplain } from './commands/explain.ts';
import { addFault } from './commands/fault.ts';
import { addGraph } from './commands/graph.ts';
import { addLogs } from './commands/logs.ts';
import { addPolicy } from './commands/policy.ts';
import { addReload } from './commands/reload.ts';
import { addRestart } from './commands/restart.ts';
import { addStatus } from './commands/status.ts';
import { addUp } from './commands/up.ts';
import { addVerify } from './commands/verify.ts';

const subCommands: readonly ((program: Command) => void)[] = [
  addUp,
  addReload,
  addStatus,
  addLogs,
  addExec,
  addFault,
  addRestart,
  addAsk,
  addVerify,
  addExplain,
  addDiff,
  addGraph,
  addPolicy,
  addDrill,
];

export function addCommands(program: Command): void {
  for (const add of subCommands) add(program);
}
