/**
 * Who is measured, behind one shape: variants of ours, node-llama-cpp, llama.cpp's own programs. Each is loaded once and stays; what is
 * loaded is ended with its scope.
 */

import { llamaCppTools } from './llama-cpp-tools.ts';
import { contextTokensMax, figureOf, type Measurement, streamsMax } from './measurements.ts';
import { prepareGraph } from './model-files.ts';
import { type Side, type SideProgram, startSide } from './side.ts';
import type { EngineSettings, OurSettings } from './side-protocol.ts';
import type { Variant } from './variants.ts';

/** They have a lockfile of their own. */
export const inferencePeers = { folder: 'peers', what: 'node-llama-cpp, some 700 MB,' };

export interface Contestant {
  readonly id: string;
  /** In the measurement's unit; undefined for one that it does not have. */
  measure(measurement: Measurement): Promise<number | undefined>;
  /** Of the process that was measured, in MiB, at its highest so far. Undefined where there is no such process. */
  peakMemory(): number | undefined;
  /** Starts another process, times that, and ends it. Undefined where there is no such process. */
  load(): Promise<{ readonly ms: number; readonly residentMiB: number } | undefined>;
}

export interface OurContestant extends Contestant {
  readonly variant: Variant;
  /** Of weights, read for every token. */
  readonly bytesPerToken: number;
}

export interface ContestantOptions {
  readonly modelFile: string;
  readonly threads: number;
  /** Ends what is started. */
  readonly owner: AsyncDisposableStack;
}

export async function startOurs(variant: Variant, options: ContestantOptions): Promise<OurContestant> {
  const { graphDir, bytesPerToken } = await prepareGraph(options.modelFile, variant.graph);
  const { kind, shortlistTokens, spins } = variant;
  const settings: OurSettings = { ...engineSettings(options), kind, graphDir, shortlistTokens, spins };
  const contestant = await startProgram('bench/inference/our-program.ts', settings, {
    id: `${kind} ${variant.name}`,
    owner: options.owner,
  });
  return { ...contestant, variant, bytesPerToken };
}

export async function startNodeLlamaCpp(options: ContestantOptions): Promise<Contestant> {
  const contestant = await startProgram('bench/peers/llama-program.ts', engineSettings(options), {
    id: 'node-llama-cpp',
    owner: options.owner,
  });
  return {
    ...contestant,
    // What is held against our own run would be measured in vain.
    measure: async (measurement) =>
      measurement.against === undefined ? contestant.measure(measurement) : undefined,
  };
}

export function llamaCpp(folder: string, options: ContestantOptions): Contestant {
  const tools = llamaCppTools(folder, options);
  return {
    id: 'llama.cpp',
    measure: (measurement) => tools.measure(measurement),
    peakMemory: () => undefined,
    load: async () => undefined,
  };
}

function engineSettings({ modelFile, threads }: ContestantOptions): EngineSettings {
  return { modelFile, threads, sequencesMax: streamsMax, contextTokensMax };
}

async function startProgram(
  program: SideProgram,
  settings: EngineSettings,
  { id, owner }: { readonly id: string; readonly owner: AsyncDisposableStack },
): Promise<Contestant> {
  const side: Side = owner.use(await startSide(program, settings));
  return {
    id,
    async measure(measurement) {
      const { ms } = await side.ask(measurement.request);
      return ms === undefined ? undefined : figureOf(measurement, ms);
    },
    peakMemory: () => side.memory().peak,
    async load() {
      await using fresh = await startSide(program, settings);
      return { ms: fresh.loadMs, residentMiB: fresh.memory().now };
    },
  };
}
