/** `drydock up`: its options and help. What it does loads when it runs. */
import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';

const upHelp = `
Without --model the first model of models/manifest.json that can be had is taken. The API key, logs and state
are kept in .drydock/ of the working directory.

Exit codes: 0 the answer came whole and the packet was refused, 1 not so, 2 it could not be judged,
130 stopped before it was up. Ctrl-C once it is up counts by what was judged.

Example:
  ./drydock up --model tiny --once`;

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface UpFlags {
  readonly terraform?: string;
  readonly model?: string;
  readonly port?: number;
  readonly once?: boolean;
  readonly json?: boolean;
}

export function addUp(program: Command): void {
  program
    .command('up')
    .description(
      'bring up the simulated deployment, ask it a question, show one refused packet, stay until Ctrl-C',
    )
    .option('--terraform <file>', 'Terraform JSON to simulate (default: infra/synth/dev/main.tf.json)')
    .option(
      '--model <name|file>',
      'a model of models/manifest.json, or a GGUF file; "tiny" is a random one of a few hundred kilobytes',
    )
    .option('--port <number>', 'port on 127.0.0.1 (default: 8443, else the next free one)', parsePort)
    .option('--once', 'leave after the answer; exit 0 only if it came whole and the packet was refused')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', upHelp)
    .action(async (flags: UpFlags) => {
      process.exitCode = await runUp(flags);
    });
}

async function runUp(flags: UpFlags): Promise<number> {
  const { up } = await import('../up/up.ts');
  const { jsonReport, personReport } = await import('../up/report.ts');
  const { watchParent } = await import('../up/parent-runtime.ts');
  const { pathOfCaller } = await import('../up/config.ts');
  const stop = new AbortController();
  watchParent(() => stop.abort(new Error('stopped, for npm has ended')));
  for (const signal of stopSignals) process.on(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
  try {
    return await up({
      ...(flags.terraform !== undefined && { terraform: pathOfCaller(flags.terraform) }),
      ...(flags.model !== undefined && { model: modelOfCaller(flags.model, pathOfCaller) }),
      ...(flags.port !== undefined && { port: flags.port }),
      isOnce: flags.once === true,
      report: flags.json ? jsonReport(process.stdout) : personReport(process.stdout),
      signal: stop.signal,
    });
  } catch (error) {
    // Stopped on purpose before anything was judged: 128 + SIGINT, as shells have it.
    if (stop.signal.aborted) return 130;
    throw error;
  }
}

/** A name of the manifest stays one, unless a file of that name stands where the command was called. */
function modelOfCaller(model: string, pathOfCaller: (path: string) => string): string {
  const path = pathOfCaller(model);
  return existsSync(path) ? path : model;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('It is no port from 1 to 65535');
  return port;
}
