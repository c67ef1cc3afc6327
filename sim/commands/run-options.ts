/** The options by which every sub-command that talks to a running simulation chooses it. */

import { type Command, InvalidArgumentError } from 'commander';

export interface RunFlags {
  readonly run?: string;
  readonly json?: boolean;
}

export function addRunOption(command: Command): Command {
  return command.option('--run <pid>', 'which simulation, where several run for this folder');
}

/** Where the caller stands, which simulation is meant, and where to print. */
export async function callerOf(flags: RunFlags) {
  const { pathOfCaller } = await import('../up/config.ts');
  return {
    workingDirectory: pathOfCaller('.'),
    ...(flags.run !== undefined && { run: flags.run }),
    isJson: flags.json === true,
    print: (text: string) => void process.stdout.write(text),
  };
}

/** Aborted by Ctrl-C and its like. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  return stop.signal;
}

export interface NumberRange {
  readonly least: number;
  readonly most: number;
  readonly isWhole?: boolean;
}

/** @returns a parser for an option's value. */
export function numberFrom({ least, most, isWhole = false }: NumberRange): (text: string) => number {
  return (text) => {
    const number = Number(text);
    const isNumber = /^\d+(\.\d+)?$/.test(text) && (!isWhole || Number.isInteger(number));
    if (!isNumber || number < least || number > most)
      throw new InvalidArgumentError(`It is no ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`);
    return number;
  };
}
