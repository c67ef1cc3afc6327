/** `drydock drill`: its options and help. What it does loads when it runs. */
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DrillOptions } from '../drill/index.ts';
import { DrydockError, type SimErrorCode } from '../errors.ts';

const drillHelp = `
Two gateways, three workers and two engines come up in the simulated VPC, out of infra/synth/dev. Clients on the simulated internet ask for
streamed answers while something breaks, and everything they get is held against the undisturbed answers, token by token.

Faults: worker-killed, gateway-killed, worker-frozen, engine-killed, engine-frozen, zone-cut, one-direction-cut, gateway-engine-cut,
swizzled-links, rolling-restart. Without --fault, all of them.

With --failover-bench it runs the scenarios of docs/failover-bench.md instead: S01 to S16 of the Failover Bench, behind our workers as far as
they can show them and behind servers that workers stand in front of, and S17 to S24 for faults of the network.

Exit codes: 0 every row holds, 1 one does not (the command that replays it is printed), 2 it could not be judged.

Example:
  ./drydock drill --fault worker-killed --requests 200`;

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface DrillFlags {
  readonly fault?: string;
  readonly seed?: number;
  readonly requests: number;
  readonly clients: number;
  readonly model: string;
  readonly lostReplies?: number;
  readonly failoverBench?: boolean;
  readonly profile: string;
  readonly behind?: string;
  readonly only?: string;
  readonly json?: boolean;
}

export function addDrill(program: Command): void {
  program
    .command('drill')
    .description('break things under load and hold every answer against the undisturbed one')
    .addOption(new Option('--fault <name>', 'one fault (default: all, one after the other)'))
    .option('--seed <number>', 'what is broken, and what is asked (default: drawn, and printed)', parseCount)
    .option('--requests <number>', 'for each fault', parseCount, 200)
    .option('--clients <number>', 'that ask at once', parseCount, 8)
    .option('--model <name|file>', 'a model of models/manifest.json, or a GGUF file', 'tiny')
    .option('--lost-replies <number>', 'of 1,000 replies, how many the engines lose', parseCount)
    .option('--failover-bench', 'the scenarios of docs/failover-bench.md instead')
    .addOption(new Option('--profile <name>', 'of the bench').choices(['fast', 'full']).default('full'))
    .addOption(new Option('--behind <what>', 'one half of the bench').choices(['worker', 'upstream']))
    .option('--only <ids>', 'scenarios of the bench: S08,S09')
    .option('--json', 'one JSON object')
    .addHelpText('after', drillHelp)
    .action(async (flags: DrillFlags) => {
      process.exitCode = await runDrill(flags);
    });
}

async function runDrill(flags: DrillFlags): Promise<number> {
  const { pathOfCaller } = await import('../up/config.ts');
  const stop = new AbortController();
  for (const signal of stopSignals) process.on(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  const path = pathOfCaller(flags.model);
  const asked: Asked = {
    seed: flags.seed ?? randomInt(1, 1_000_000),
    model: existsSync(path) ? path : flags.model,
    ...(flags.lostReplies !== undefined && { lostReplies: flags.lostReplies }),
    folder: process.cwd(),
    signal: stop.signal,
    onProgress: tell,
  };
  try {
    return await (flags.failoverBench ? benchFailover(asked, flags) : breakUnderLoad(asked, flags));
  } catch (error) {
    if (stop.signal.aborted) return 130;
    throw error;
  }
}

type Asked = Omit<DrillOptions, 'faults' | 'requests' | 'clients' | 'onRow'>;

/** What happens is told beside the result, so that a program may read that alone. */
function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function breakUnderLoad(asked: Asked, { fault: only, ...flags }: DrillFlags): Promise<number> {
  const { drill, drillTable, faultNames, replayCommand } = await import('../drill/index.ts');
  const faults = faultNames.filter((name) => only === undefined || name === only);
  if (faults.length === 0)
    throw new DrydockError<SimErrorCode>(
      'SIM_INPUT_INVALID',
      `could not drill ${only}: there is no fault of that name; there are ${faultNames.join(', ')}`,
    );
  const load = { requests: flags.requests, clients: flags.clients };
  const judged = await drill({
    ...asked,
    ...load,
    faults,
    onRow({ row: { fault }, problems }) {
      for (const problem of problems) tell(`${fault}: ${problem}`);
      if (problems.length > 0) tell(`again: ${replayCommand({ ...asked, ...load, fault })}`);
    },
  });
  const rows = judged.map(({ row }) => row);
  const { seed } = asked;
  process.stdout.write(
    flags.json ? `${JSON.stringify({ seed, rows })}\n` : `seed ${seed}\n${drillTable(rows)}`,
  );
  return judged.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

async function benchFailover(asked: Asked, flags: DrillFlags): Promise<number> {
  const { benchTable, halves, profiles, replayBench, runFailoverBench } = await import('../drill/index.ts');
  const behind = halves.find((half) => half === flags.behind);
  const only = flags.only?.split(',');
  const chosen = {
    profile: profiles.find((name) => name === flags.profile) ?? 'full',
    ...(behind && { behind }),
    ...(only && { only }),
  };
  const rows = await runFailoverBench({ ...asked, ...chosen });
  const { seed } = asked;
  process.stdout.write(
    flags.json ? `${JSON.stringify({ seed, rows })}\n` : `seed ${seed}\n${benchTable(rows)}`,
  );
  const isAllPassed = rows.length > 0 && rows.every(({ verdict }) => verdict === 'pass');
  if (!isAllPassed) tell(`again: ${replayBench({ ...asked, ...chosen })}`);
  return isAllPassed ? 0 : 1;
}

const countMax = 1_000_000;

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > countMax)
    throw new InvalidArgumentError(`It is no whole number from 1 to ${countMax}`);
  return count;
}
