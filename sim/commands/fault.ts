/** `drydock fault …`: its options and help. What it does loads when it runs. */
import { type Command, InvalidArgumentError } from 'commander';
import type { FaultRequest } from '../hands/fault-request.ts';
import { parseRate } from './parse-rate.ts';
import { addRunOption, callerOf, numberFrom, type RunFlags } from './run-options.ts';

const help = `
A target is a machine (worker-0), an availability zone (eu-west-1a), all machines of a program (engine), a Terraform address, the internet, or two of
them with a slash between: what passes between those alone. A fault stays until it is healed; connections stall meanwhile and go on afterwards.
A program that is killed starts again as the unit of its machine says.

Exit codes: 0 it is done, 2 it is not.

Example:
  ./drydock fault cut eu-west-1b
  ./drydock fault cut gateway-0/engine-1 --one-way --seconds 10
  ./drydock fault heal all`;

interface FaultFlags extends RunFlags {
  readonly seconds?: number;
  readonly oneWay?: boolean;
  readonly forGood?: boolean;
  readonly percent: number;
  readonly rate: number;
}

export function addFault(program: Command): void {
  const fault = program
    .command('fault')
    .description('kill, freeze, cut off or slow down what runs, and heal it')
    .addHelpText('after', help)
    // Without a word after it there is nothing to do.
    .action(() => fault.help({ error: true }));
  addKill(fault);
  addFreeze(fault);
  addCut(fault);
  addLose(fault);
  addLimit(fault);
  addHeal(fault);
}

function addKill(fault: Command): void {
  faultCommand(fault, 'kill', 'end programs by SIGKILL')
    .option('--for-good', 'nothing starts them again until they are healed')
    .action(async (target: string, flags: FaultFlags) => {
      const { seconds, forGood: isForGood } = flags;
      await run({ kind: 'kill', target, seconds, isForGood }, flags);
    });
}

function addFreeze(fault: Command): void {
  faultCommand(fault, 'freeze', 'stop all processes of machines, as SIGSTOP does').action(
    async (target: string, flags: FaultFlags) => {
      await run({ kind: 'freeze', target, seconds: flags.seconds }, flags);
    },
  );
}

function addCut(fault: Command): void {
  faultCommand(fault, 'cut', 'let no packet through')
    .option('--one-way', 'of two: only what the first sends the second')
    .action(async (target: string, flags: FaultFlags) => {
      const { seconds, oneWay: isOneWay } = flags;
      await run({ kind: 'cut', target, seconds, isOneWay }, flags);
    });
}

function addLose(fault: Command): void {
  faultCommand(fault, 'lose', 'lose some of all packets')
    .option('--one-way', 'of two: only what the first sends the second')
    .requiredOption('--percent <n>', 'of all packets, each by itself', numberFrom({ least: 0.01, most: 100 }))
    .action(async (target: string, flags: FaultFlags) => {
      const { seconds, oneWay: isOneWay, percent } = flags;
      await run({ kind: 'lose', target, seconds, isOneWay, percent }, flags);
    });
}

function addLimit(fault: Command): void {
  faultCommand(fault, 'limit', 'hold links to a bandwidth')
    .requiredOption('--rate <rate>', 'of each direction: 500kbit, 2mbit, …', rate)
    .action(async (target: string, flags: FaultFlags) => {
      await run({ kind: 'limit', target, seconds: flags.seconds, bitsPerSecond: flags.rate }, flags);
    });
}

function addHeal(fault: Command): void {
  addRunOption(
    fault
      .command('heal')
      .alias('thaw')
      .description('undo what was done to a target; also called thaw')
      .argument('<target>', 'as the fault was given it, its id (f1), or all'),
  )
    .option('--json', 'as JSON')
    .action(async (target: string, flags: RunFlags) => {
      const { runHeal } = await import('../hands/run-fault-runtime.ts');
      await runHeal(target, await callerOf(flags));
    });
}

const daySeconds = 24 * 3_600;

function faultCommand(fault: Command, name: string, description: string): Command {
  const command = fault
    .command(name)
    .description(description)
    .argument('<target>', 'worker-0, eu-west-1a, engine, gateway-0/engine-1, …');
  return addRunOption(command)
    .option('--seconds <n>', 'heal by itself after so many', numberFrom({ least: 0.1, most: daySeconds }))
    .option('--json', 'as JSON');
}

async function run(request: FaultRequest, flags: RunFlags): Promise<void> {
  const { runFault } = await import('../hands/run-fault-runtime.ts');
  await runFault(request, await callerOf(flags));
}

function rate(text: string): number {
  const bitsPerSecond = parseRate(text);
  if (bitsPerSecond === undefined) throw new InvalidArgumentError('It is no rate like 500kbit or 2mbit');
  return bitsPerSecond;
}
