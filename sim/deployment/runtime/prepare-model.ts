/** Has the model fetched and its graph built by the worker's own command: the simulator runs programs, it does not know models. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { DrydockError } from '../../errors.ts';
import { environmentPath, findTools } from '../../fabric/index.ts';

const eventSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('step'),
    step: z.string(),
    done: z.number(),
    total: z.number(),
  }),
  z.object({ event: z.literal('note'), message: z.string() }),
  z.object({
    event: z.literal('ready'),
    name: z.string(),
    directory: z.string(),
    graphCacheDirectory: z.string(),
    random: z.boolean(),
  }),
  z.object({ event: z.literal('error'), code: z.string(), message: z.string() }),
]);

type PreparationEvent = z.infer<typeof eventSchema>;
export type PreparationStep = Extract<PreparationEvent, { event: 'step' }>;
export type PreparedModel = Extract<PreparationEvent, { event: 'ready' }>;

export interface PrepareModelOptions {
  /** A name of the manifest or a GGUF file; absent: the manifest's default. */
  readonly model?: string;
  readonly onStep: (step: PreparationStep) => void;
  readonly onNote: (message: string) => void;
  readonly signal: AbortSignal;
}

/** @throws DrydockError SIM_MODEL_FAILED with the command's own line. */
export async function prepareModel(options: PrepareModelOptions): Promise<PreparedModel> {
  const tools = findTools(environmentPath());
  const command = fileURLToPath(new URL('../../../bin/drydock.ts', import.meta.url));
  const words = ['model', 'prepare', ...(options.model === undefined ? [] : [options.model]), '--json'];
  const child = spawn(tools.setpriv, ['--pdeathsig', 'KILL', process.execPath, command, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal,
    killSignal: 'SIGTERM',
    detached: true,
  });
  const ended = once(child, 'close');
  ended.catch(() => undefined);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-2_000);
  });
  let prepared: PreparedModel | undefined;
  let failure = '';
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const event = parseEvent(line);
      if (event?.event === 'step') options.onStep(event);
      else if (event?.event === 'note') options.onNote(event.message);
      else if (event?.event === 'ready') prepared = event;
      else if (event?.event === 'error') failure = event.message;
    }
  } finally {
    // Over by itself, unless we leave early.
    if (child.exitCode === null && !child.stdout.readableEnded) child.kill('SIGKILL');
    await ended.catch(() => undefined);
  }
  options.signal.throwIfAborted();
  if (prepared === undefined) {
    throw new DrydockError(
      'SIM_MODEL_FAILED',
      failure ||
        stderr.trim().split('\n').at(-1) ||
        'could not prepare the model: the command ended without a word; run ./drydock model prepare',
    );
  }
  return prepared;
}

function parseEvent(line: string): PreparationEvent | undefined {
  try {
    return eventSchema.parse(JSON.parse(line));
  } catch {
    // Not a line of the protocol: without its last one the preparation counts as failed.
    return undefined;
  }
}
