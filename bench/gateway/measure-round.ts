/** One round: every contestant in short turns, so that what the machine does besides falls on all alike. */
import { setTimeout as wait } from 'node:timers/promises';
import { spread } from '../measure.ts';
import { type Asked, ask, type Door, send } from './ask.ts';
import { cpuMicroseconds } from './cpu-time.ts';
import { clockMs, leftSchema, models } from './protocol.ts';

/** The upstream itself has no pid here: of it only times are wanted. */
export interface Contestant {
  readonly name: string;
  readonly pid?: number;
  readonly door: Door;
}

export interface Figures {
  /** Milliseconds, medians. */
  readonly jsonMs: number;
  readonly firstByteMs: number;
  readonly streamMs: number;
  /** Microseconds of processor time. Not of the upstream. */
  readonly jsonCpu: number | undefined;
  readonly streamCpu: number | undefined;
}

const turns = 10;
const jsonsPerTurn = 20;
const streamsPerTurn = 4;
const atOnce = 16;
/** Of processor time, in turn: long enough that what comes after others' work is a small part, and that the kernel's ticks of ten milliseconds are. */
const bursts = 2;
const jsonsPerBurst = 1_600;
const streamsPerBurst = 160;
/** Until compilers have done their work: they take as much time as a gateway itself for its first ten thousand requests. */
const warmingJsons = 20_000;
const warmingStreams = 1_000;

const json: Asked = { model: models.whole, stream: false };
const stream: Asked = { model: models.pieces, stream: true };

export async function measureRound(
  contestants: readonly Contestant[],
): Promise<ReadonlyMap<string, Figures>> {
  const times = new Map(contestants.map(({ name }) => [name, { json: [], first: [], stream: [] } as Lists]));
  for (let turn = 0; turn < turns; turn += 1) {
    for (const { name, door } of contestants) {
      const lists = times.get(name);
      if (lists === undefined) continue;
      for (let count = 0; count < jsonsPerTurn; count += 1) lists.json.push((await ask(door, json)).wholeMs);
      for (let count = 0; count < streamsPerTurn; count += 1) {
        const { firstByteMs, wholeMs } = await ask(door, stream);
        lists.first.push(firstByteMs);
        lists.stream.push(wholeMs);
      }
    }
  }
  const jsonCpu = await cpuOfEach(contestants, json, jsonsPerBurst);
  const streamCpu = await cpuOfEach(contestants, stream, streamsPerBurst);
  return new Map(
    [...times].map(([name, lists]) => [
      name,
      {
        jsonMs: spread(lists.json).median,
        firstByteMs: spread(lists.first).median,
        streamMs: spread(lists.stream).median,
        jsonCpu: jsonCpu.get(name),
        streamCpu: streamCpu.get(name),
      },
    ]),
  );
}

/** As many requests to everybody, which are not measured. */
export async function warmUp(contestants: readonly Contestant[]): Promise<void> {
  for (const { door } of contestants) {
    await askAll(door, json, warmingJsons);
    await askAll(door, stream, warmingStreams);
  }
}

interface Lists {
  readonly json: number[];
  readonly first: number[];
  readonly stream: number[];
}

/** @returns microseconds for each request, by contestant. */
async function cpuOfEach(
  contestants: readonly Contestant[],
  asked: Asked,
  count: number,
): Promise<ReadonlyMap<string, number>> {
  const took = new Map<string, number>();
  for (let burst = 0; burst < bursts; burst += 1) {
    for (const { name, pid, door } of contestants) {
      if (pid === undefined) continue;
      const before = cpuMicroseconds(pid);
      await askAll(door, asked, count);
      took.set(name, (took.get(name) ?? 0) + (cpuMicroseconds(pid) - before) / count / bursts);
    }
  }
  return took;
}

async function askAll(door: Door, asked: Asked, count: number): Promise<void> {
  const lanes = Array.from({ length: atOnce }, async () => {
    for (let done = 0; done < count / atOnce; done += 1) await ask(door, asked);
  });
  await Promise.all(lanes);
}

/** What a client was doing when it left. */
const leavings: readonly { readonly asked: Asked; readonly afterMs: number }[] = [
  { asked: { model: models.silent, stream: true }, afterMs: 200 },
  { asked: { model: models.slow, stream: true }, afterMs: 200 },
  { asked: { model: models.silent, stream: false }, afterMs: 200 },
];

/** Longer than anything that would still be a cancellation. */
export const cancelMsMax = 1_000;

/** @returns the longest of the three, in milliseconds, until the upstream saw that its client had left; `cancelMsMax` where it did not. */
export async function measureCancel({ door }: Contestant, upstreamUrl: string): Promise<number> {
  const took: number[] = [];
  for (const { asked, afterMs } of leavings) {
    const before = (await seenLeaving(upstreamUrl, asked.model)).length;
    const sent = send(door, asked);
    sent.on('error', () => {});
    sent.on('response', (response) => response.on('error', () => {}).resume());
    await wait(afterMs);
    const leftMs = clockMs();
    sent.destroy();
    took.push(await untilSeen(upstreamUrl, { model: asked.model, before, leftMs }));
  }
  return Math.max(...took);
}

async function untilSeen(
  upstreamUrl: string,
  { model, before, leftMs }: { readonly model: string; readonly before: number; readonly leftMs: number },
): Promise<number> {
  while (clockMs() < leftMs + cancelMsMax) {
    const seen = (await seenLeaving(upstreamUrl, model))[before];
    if (seen !== undefined) return Math.max(0, seen.atMs - leftMs);
    await wait(10);
  }
  return cancelMsMax;
}

async function seenLeaving(upstreamUrl: string, model: string) {
  const response = await fetch(`${upstreamUrl}/left`);
  return leftSchema.parse(await response.json()).filter((left) => left.model === model);
}
