/**
 * Faults by the names that people type, of programs and of the network alike: injected, listed, and healed by target, by id, all at once, or by
 * themselves after a time. They belong to the deployment, not to whoever asked for them.
 */
import type { CompiledFabric } from '../compile/index.ts';
import { DrydockError } from '../errors.ts';
import { type FaultEffect, hitsOf, parseTarget } from '../faults/index.ts';

export type FaultKind = 'kill' | 'freeze' | 'cut' | 'lose' | 'limit';

export interface FaultInForce {
  /** `f1`, `f2`, … */
  readonly id: string;
  readonly kind: FaultKind;
  /** As it was typed. */
  readonly target: string;
  /** In words: `loses 20 % of all packets`. */
  readonly effect: string;
  /** Machines, NAT gateways, the internet. */
  readonly hits: readonly string[];
  /** In milliseconds of the epoch. */
  readonly sinceMs: number;
  /** When it heals by itself. */
  readonly untilMs?: number;
}

export interface PlacedFault extends FaultInForce {
  /** Until it was in force. */
  readonly tookMs: number;
  /** Nothing, where it was healed already. */
  heal(): Promise<HealedFaults>;
}

export interface HealedFaults {
  readonly healed: readonly FaultInForce[];
  readonly tookMs: number;
}

export interface FaultOptions {
  /** Heals by itself after so many. */
  readonly seconds?: number;
}

export interface WayFaultOptions extends FaultOptions {
  /** What the first of two sends the other; the way back stays. */
  readonly isOneWay?: boolean;
}

export interface DeploymentFaults {
  /** The oldest first. */
  inForce(): readonly FaultInForce[];
  /**
   * SIGKILL of the programs; resolves when they are dead. Their units start them again, so that nothing is in force afterwards: unless it is
   * for good, when healing starts them.
   */
  kill(target: string, options?: FaultOptions & { readonly isForGood?: boolean }): Promise<PlacedFault>;
  /** SIGSTOP of all processes of the machines. */
  freeze(target: string, options?: FaultOptions): Promise<PlacedFault>;
  /** Heals what was frozen under that target. */
  thaw(target: string): Promise<HealedFaults>;
  cut(target: string, options?: WayFaultOptions): Promise<PlacedFault>;
  lose(target: string, options: WayFaultOptions & { readonly percent: number }): Promise<PlacedFault>;
  limit(target: string, options: FaultOptions & { readonly bitsPerSecond: number }): Promise<PlacedFault>;
  /** By target as it was typed, by a machine that a kill or freeze hit, by id, or `all`. @throws SIM_INPUT_INVALID where there is nothing to heal. */
  heal(target: string): Promise<HealedFaults>;
}

export interface OpenFaults extends DeploymentFaults {
  /** It is frozen no more. */
  programEnded(id: string): void;
  /** It is dead no more. */
  programStarted(id: string): void;
  /** Nothing heals by itself any more. */
  close(): void;
}

export interface DeploymentFaultsOptions {
  readonly fabric: () => CompiledFabric;
  /** Of the machines that have one. */
  readonly programs: () => readonly string[];
  readonly inject: (fault: {
    readonly target: ReturnType<typeof parseTarget>;
    readonly effect: FaultEffect;
  }) => Promise<{ heal(): Promise<unknown> }>;
  readonly kill: (ids: readonly string[], isForGood: boolean) => Promise<void>;
  readonly startAgain: (ids: readonly string[]) => Promise<void>;
  readonly setFrozen: (ids: readonly string[], isFrozen: boolean) => Promise<void>;
  readonly now: () => number;
  /** One has healed by itself. */
  readonly onHealed?: (fault: FaultInForce) => void;
}

/** Of its own, beside the fabric's. */
const secondsMax = 24 * 3_600;
const faultsMax = 256;

interface Entry {
  fault: FaultInForce;
  readonly undo: () => Promise<unknown>;
  timer?: NodeJS.Timeout;
}

export function openDeploymentFaults(options: DeploymentFaultsOptions): OpenFaults {
  const entries = new Map<string, Entry>();
  let count = 0;

  const healEntries = async (chosen: readonly Entry[]): Promise<HealedFaults> => {
    const began = performance.now();
    const present = chosen.filter(({ fault }) => entries.delete(fault.id));
    for (const { timer } of present) clearTimeout(timer);
    await Promise.all(present.map(({ undo }) => undo()));
    return { healed: present.map(({ fault }) => fault), tookMs: performance.now() - began };
  };
  const healByItself = async (entry: Entry) => {
    const { healed } = await healEntries([entry]);
    for (const fault of healed) options.onHealed?.(fault);
  };

  const keep = async (
    asked: Pick<FaultInForce, 'kind' | 'target' | 'effect' | 'hits'> & FaultOptions,
    action: () => Promise<Entry['undo'] | undefined>,
  ): Promise<PlacedFault> => {
    const { seconds, ...told } = asked;
    checkSeconds(seconds);
    if (entries.size >= faultsMax) throw invalid(`${faultsMax} are in force`, 'heal some of them first');
    const began = performance.now();
    const undo = await action();
    count += 1;
    const sinceMs = options.now();
    const fault: FaultInForce = {
      ...{ id: `f${count}`, ...told, sinceMs },
      ...(seconds !== undefined && undo !== undefined && { untilMs: sinceMs + seconds * 1_000 }),
    };
    const tookMs = performance.now() - began;
    if (undo === undefined) return { ...fault, tookMs, heal: () => healEntries([]) };
    const entry: Entry = { fault, undo };
    entries.set(fault.id, entry);
    if (seconds !== undefined)
      entry.timer = setTimeout(() => void healByItself(entry).catch(() => undefined), seconds * 1_000);
    return { ...fault, tookMs, heal: () => healEntries([entry]) };
  };

  const onPrograms = (target: string): readonly string[] => {
    const hits = hitsOf(parseTarget(target, options.fabric()), options.fabric());
    const programs = new Set(options.programs());
    const hit = hits.filter((id) => programs.has(id));
    if (hit.length > 0) return hit;
    throw invalid(
      `nothing runs at ${target}`,
      `name one of ${[...programs].join(', ')}, a zone or a program`,
    );
  };
  const onNetwork = async (
    kind: FaultKind,
    words: string,
    { target, effect, isOneWay = false, seconds }: WayFaultOptions & { target: string; effect: FaultEffect },
  ): Promise<PlacedFault> => {
    const parsed = parseTarget(target, options.fabric(), { isOneWay });
    const hits = hitsOf(parsed, options.fabric());
    const told = { kind, target, effect: isOneWay ? `${words} one way` : words, hits };
    return keep({ ...told, ...(seconds !== undefined && { seconds }) }, async () => {
      const injected = await options.inject({ target: parsed, effect });
      return () => injected.heal();
    });
  };

  const settle = (kind: FaultKind, id: string) => {
    for (const entry of entries.values()) {
      if (entry.fault.kind !== kind || !entry.fault.hits.includes(id)) continue;
      entry.fault = { ...entry.fault, hits: entry.fault.hits.filter((hit) => hit !== id) };
      if (entry.fault.hits.length > 0) continue;
      clearTimeout(entry.timer);
      entries.delete(entry.fault.id);
    }
  };
  const find = (target: string): readonly Entry[] => {
    const all = [...entries.values()];
    if (target === 'all') return all;
    const exact = all.filter(({ fault }) => fault.id === target || fault.target === target);
    if (exact.length > 0) return exact;
    // Whatever it was frozen or killed with: one of a group cannot be healed alone, so the group is.
    return all.filter(({ fault }) => isOfPrograms(fault) && fault.hits.includes(target));
  };

  return {
    inForce: () => [...entries.values()].map(({ fault }) => fault),
    async kill(target, { isForGood = false, seconds } = {}) {
      if (seconds !== undefined && !isForGood)
        throw invalid(
          'a program that is killed starts again by its unit',
          'say for good, or leave out the time',
        );
      const hits = onPrograms(target);
      const effect = isForGood ? 'killed for good' : 'killed';
      return keep(
        { kind: 'kill', target, effect, hits, ...(seconds !== undefined && { seconds }) },
        async () => {
          await options.kill(hits, isForGood);
          return isForGood ? () => options.startAgain(hits) : undefined;
        },
      );
    },
    async freeze(target, { seconds } = {}) {
      const hits = onPrograms(target);
      const told = { kind: 'freeze', target, effect: 'frozen', hits } as const;
      return keep({ ...told, ...(seconds !== undefined && { seconds }) }, async () => {
        await options.setFrozen(hits, true);
        return () => options.setFrozen(hits, false);
      });
    },
    cut: (target, given = {}) => onNetwork('cut', 'cut off', { target, effect: { kind: 'cut' }, ...given }),
    lose: (target, { percent, ...given }) =>
      onNetwork('lose', `loses ${percent} % of all packets`, {
        ...{ target, effect: { kind: 'loss', percent } },
        ...given,
      }),
    limit: (target, { bitsPerSecond, ...given }) =>
      onNetwork('limit', `held to ${rateText(bitsPerSecond)}`, {
        ...{ target, effect: { kind: 'bandwidth', bitsPerSecond } },
        ...given,
      }),
    thaw: async (target) => healEntries(find(target).filter(({ fault }) => fault.kind === 'freeze')),
    heal: async (target) => healEntries(requireSome(target, find(target), entries.size)),
    programEnded: (id) => settle('freeze', id),
    programStarted: (id) => settle('kill', id),
    close() {
      for (const { timer } of entries.values()) clearTimeout(timer);
    },
  };
}

const isOfPrograms = ({ kind }: FaultInForce) => kind === 'kill' || kind === 'freeze';

/** `all` may well be nothing. */
function requireSome(target: string, found: readonly Entry[], inForce: number): readonly Entry[] {
  if (found.length > 0 || target === 'all') return found;
  throw invalid(
    `nothing is broken under the name ${target}`,
    inForce === 0 ? 'no fault is in force' : './drydock status lists the faults in force',
    'heal',
  );
}

function checkSeconds(seconds: number | undefined): void {
  if (seconds !== undefined && !(seconds > 0 && seconds <= secondsMax))
    throw invalid(`${seconds} s is no time`, `give more than 0 and at most ${secondsMax}`);
}

function invalid(reason: string, step: string, verb = 'inject'): DrydockError {
  return new DrydockError('SIM_INPUT_INVALID', `could not ${verb} the fault: ${reason}; ${step}`);
}

/** `2 Mbit/s` */
export function rateText(bitsPerSecond: number): string {
  const units = [
    [1e9, 'Gbit/s'],
    [1e6, 'Mbit/s'],
    [1e3, 'kbit/s'],
  ] as const;
  const [size, unit] = units.find(([least]) => bitsPerSecond >= least) ?? [1, 'bit/s'];
  return `${bitsPerSecond / size} ${unit}`;
}
