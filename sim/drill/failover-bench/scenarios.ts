/** The scenarios of docs/failover-bench.md as data: what is done, when, and what must hold. Pure. */
import type { Random } from '../../generate/index.ts';
import type { Action, Step } from '../strike.ts';
import type { Member, Topology } from '../topology.ts';
import type { ScenarioLimits } from './verdict.ts';

export const profiles = ['fast', 'full'] as const;
export type Profile = (typeof profiles)[number];

/** S12 breaks nothing: it is asked for by itself. */
export const refusalId = 'S12';

/** What a worker of ours can show of the published scenarios, and ours for the network. */
export const workerIds: readonly string[] = [
  ...['S01', 'S05', 'S06', 'S07', 'S08', 'S09', refusalId, 'S15', 'S16'],
  ...['S17', 'S18', 'S19', 'S20', 'S21', 'S22', 'S23', 'S24'],
];

export interface Scenario {
  readonly id: string;
  /** In one line, for whoever watches. */
  readonly title: string;
  readonly requests: number;
  readonly clients: number;
  /** The first step is done when half of the streams have so many tokens at once; 0: as soon as the requests are on their way. */
  readonly afterTokens: number;
  readonly steps: readonly Step[];
  readonly limits: ScenarioLimits;
  /** Clients leave after so much silence. */
  readonly patienceMs?: number;
  readonly allowsRetry?: boolean;
  /** Healing begins when every request has been answered or given up. */
  readonly healsWhenAnswered?: boolean;
  /** Requests come step by step, and not all at once. */
  readonly isPaced?: boolean;
  /** As many streams as there are slots have to run at once afterwards. */
  readonly endsAtFullCapacity?: boolean;
  /** The same load once more, right after healing. */
  readonly comesTwice?: boolean;
}

export interface ScenarioOptions {
  readonly topology: Topology;
  readonly random: Random;
  readonly profile: Profile;
}

/** What fails, drawn by the seed. */
interface Targets {
  readonly worker: string;
  readonly gateway: string;
  readonly engine: string;
}

/** Of a profile: in milliseconds, and how often. */
interface Times {
  readonly firstTokenMs: number;
  readonly stallMs: number;
  readonly flaps: number;
}

const times: Readonly<Record<Profile, Times>> = {
  full: { firstTokenMs: 20_000, stallMs: 30_000, flaps: 30 },
  fast: { firstTokenMs: 3_000, stallMs: 4_000, flaps: 3 },
};

const streams = 9;
const silence: ScenarioLimits = { stallMs: 3_000 };
const cutMs = 4_000;
/** About as much as three streams of the tiny model take at its pace. */
const narrowBitsPerSecond = 2_000_000;

/**
 * All but S12, in the order of their ids. Which worker, gateway and engine fail is drawn, and is the same in all.
 * @throws TypeError where the topology lacks one of the three.
 */
export function planScenarios({ topology, random, profile }: ScenarioOptions): readonly Scenario[] {
  const { gateways, engines, workers } = topology;
  // In this order, as a seed is to give the same again.
  const worker = one(workers, random).id;
  const gateway = one(gateways, random).id;
  const engine = one(engines, random).id;
  return [
    ...beforeAnswers(worker, times[profile]),
    ...amidAnswers(worker, times[profile]),
    ...onLinks({ worker, gateway, engine }),
    ...onNetworks({ worker, gateway, engine }),
  ];
}

function beforeAnswers(worker: string, { firstTokenMs }: Times): readonly Scenario[] {
  return [
    stream('S01', { title: 'more requests than slots', steps: [], requests: 16, clients: 16 }),
    stream('S05', {
      title: 'a worker dies before it has answered',
      steps: broken({ kind: 'kill', target: worker }, 1_000),
    }),
    stream('S06', {
      title: 'a worker falls silent before it has answered',
      limits: { totalMs: 100_000 },
      healsWhenAnswered: true,
      steps: broken({ kind: 'freeze', target: worker }, 0),
    }),
    stream('S07', {
      title: 'the first token of a worker is late',
      limits: { firstTokenMs: Math.min(firstTokenMs, 15_000) },
      steps: broken({ kind: 'freeze', target: worker }, firstTokenMs),
    }),
  ];
}

function amidAnswers(worker: string, { stallMs, flaps }: Times): readonly Scenario[] {
  return [
    stream('S08', {
      title: 'a worker dies in the middle of its answers',
      afterTokens: 40,
      limits: { stallMs: 1_000 },
      steps: broken({ kind: 'kill', target: worker }, 1_000),
    }),
    stream('S09', {
      title: 'a worker stalls in the middle of its answers',
      afterTokens: 20,
      limits: silence,
      steps: broken({ kind: 'freeze', target: worker }, stallMs),
    }),
    stream('S15', {
      title: 'a worker flaps',
      ...{ requests: 20, clients: 4, isPaced: true },
      limits: silence,
      endsAtFullCapacity: true,
      steps: Array.from({ length: flaps }, () =>
        broken({ kind: 'freeze', target: worker }, 1_000, 1_000),
      ).flat(),
    }),
    stream('S16', {
      title: 'the account of an answer that two workers made',
      afterTokens: 40,
      steps: broken({ kind: 'kill', target: worker }, 1_000),
    }),
  ];
}

function onLinks({ worker, gateway, engine }: Targets): readonly Scenario[] {
  const link = (id: string, title: string, cut: Extract<Action, { kind: 'cut' }>): Scenario =>
    stream(id, { title, afterTokens: 20, limits: silence, steps: broken(cut, cutMs) });
  const ofWorker = { kind: 'cut', target: `${worker}/${engine}` } as const;
  const ofGateway = { kind: 'cut', target: `${gateway}/${engine}` } as const;
  return [
    link('S17', 'a worker loses an engine', ofWorker),
    link('S18', 'a gateway loses an engine', ofGateway),
    link('S19', 'an engine hears a worker no more', { ...ofWorker, isOneWay: true }),
    link('S20', 'an engine hears a gateway no more', { ...ofGateway, isOneWay: true }),
  ];
}

function onNetworks({ worker, gateway, engine }: Targets): readonly Scenario[] {
  return [
    stream('S21', {
      title: 'an engine falls silent',
      afterTokens: 20,
      limits: silence,
      steps: broken({ kind: 'freeze', target: engine }, cutMs),
    }),
    stream('S22', {
      title: 'the internet loses a gateway',
      afterTokens: 20,
      patienceMs: 3_000,
      allowsRetry: true,
      endsAtFullCapacity: true,
      steps: broken({ kind: 'cut', target: `internet/${gateway}` }, 6_000),
    }),
    stream('S23', {
      title: 'engines lose every fifth packet, and the links of workers are narrow',
      healsWhenAnswered: true,
      steps: [
        { action: { kind: 'lose', target: 'engine', percent: 20 }, holdMs: 0 },
        { action: { kind: 'limit', target: 'worker', bitsPerSecond: narrowBitsPerSecond }, holdMs: 0 },
        { action: { kind: 'heal', target: 'engine' }, holdMs: 0 },
        { action: { kind: 'heal', target: 'worker' }, holdMs: 0 },
      ],
    }),
    stream('S24', {
      title: 'a worker comes back after everybody has given it up',
      afterTokens: 20,
      limits: silence,
      comesTwice: true,
      steps: broken({ kind: 'cut', target: worker }, 8_000),
    }),
  ];
}

/** Nine streams, struck as soon as they are asked for, without limits of time: but for what is told. */
function stream(id: string, told: Pick<Scenario, 'title' | 'steps'> & Partial<Scenario>): Scenario {
  return { ...{ id, requests: streams, clients: streams, afterTokens: 0, limits: {} }, ...told };
}

function one([first, ...others]: readonly Member[], random: Random): Member {
  if (first === undefined) throw new TypeError('the bench needs gateways, engines and workers');
  return random.pick([first, ...others]);
}

function broken(action: Exclude<Action, { kind: 'heal' }>, forMs: number, thenMs = 0): readonly Step[] {
  return [
    { action, holdMs: forMs },
    { action: { kind: 'heal', target: action.target }, holdMs: thenMs },
  ];
}
