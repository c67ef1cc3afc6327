/**
 * Runs the rounds: in each, every measurement is taken of every contestant in turn, and the order turns from round to round, so that
 * whatever the machine does besides falls on all alike. One warm-up round is not counted.
 */

import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Contestant } from './contestants.ts';
import { bandwidthName, Figures, loadName, machineId, peakName, residentName } from './figures.ts';
import type { Measurement } from './measurements.ts';

export interface RoundsOptions {
  readonly rounds: number;
  readonly threads: number;
  readonly measurements: readonly Measurement[];
  readonly print: (line: string) => void;
}

/** Longer than any engine's idle threads spin. */
const pauseMs = 100;

export async function runRounds(
  contestants: readonly Contestant[],
  { rounds, threads, measurements, print }: RoundsOptions,
): Promise<Figures> {
  const figures = new Figures();
  for (let round = 0; round <= rounds; round++) {
    const isWarmUp = round === 0;
    const start = performance.now();
    const order = turned(contestants, round);
    for (const measurement of measurements) {
      for (const contestant of order) {
        // Its own programs warm up by themselves.
        if (isWarmUp && contestant.peakMemory() === undefined) continue;
        await pause(pauseMs);
        const value = await contestant.measure(measurement);
        if (!isWarmUp) figures.add(contestant.id, measurement.name, value);
      }
    }
    if (!isWarmUp) await measureBesides(order, { figures, threads });
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    print(isWarmUp ? `warmed up (${seconds} s)` : `round ${round} of ${rounds} (${seconds} s)`);
  }
  for (const { id, peakMemory } of contestants) figures.add(id, peakName, peakMemory());
  return figures;
}

async function measureBesides(
  order: readonly Contestant[],
  { figures, threads }: { readonly figures: Figures; readonly threads: number },
): Promise<void> {
  for (const contestant of order) {
    const loaded = await contestant.load();
    figures.add(contestant.id, loadName, loaded?.ms);
    figures.add(contestant.id, residentName, loaded?.residentMiB);
  }
  figures.add(machineId, bandwidthName, await measureBandwidth(threads));
}

/** @returns gigabytes (10⁹ bytes) a second that this many threads read together. */
async function measureBandwidth(threads: number): Promise<number> {
  const program = fileURLToPath(new URL('./bandwidth-program.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, String(threads)]);
  return Number(stdout);
}

function turned<T>(list: readonly T[], by: number): readonly T[] {
  const at = by % Math.max(1, list.length);
  return [...list.slice(at), ...list.slice(0, at)];
}
