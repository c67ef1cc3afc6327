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

const streams = 9;
const silence: ScenarioLimits = { stallMs: 3_000 };
const cutMs = 4_000;
/** About as much as three streams of the tiny model take at its pace. */
const narrowBitsPerSecond = 2_000_000;

export function planScenarios({ topology, random, profile }: ScenarioOptions): readonly Scenario[] {
  const isFast = profile === 'fast';
  const { gateways, engines } = topology;
  const worker = one(topology.workers, random).id;
  const gateway = one(gateways, random);
  const engine = one(engines, random).id;
  const stream = (
    id: string,
    {
      title,
      afterTokens,
      steps,
      ...others
    }: Pick<Scenario, 'title' | 'afterTokens' | 'steps'> & Partial<Scenario>,
  ): Scenario => ({
    id,
    title,
    requests: streams,
    clients: streams,
    afterTokens,
    steps,
    limits: {},
    ...others,
  });
  const link = (id: string, title: string, cut: Extract<Action, { kind: 'cut' }>): Scenario =>
    stream(id, { title, afterTokens: 20, limits: silence, steps: broken(cut, cutMs) });
  const ttftMs = isFast ? 3_000 : 20_000;
  const stallMs = isFast ? 4_000 : 30_000;
  const flaps = isFast ? 3 : 30;
  return [
    stream('S01', {
      title: 'more requests than slots',
      afterTokens: 0,
      steps: [],
      requests: 16,
      clients: 16,
    }),
    stream('S05', {
      title: 'a worker dies before it has answered',
      afterTokens: 0,
      steps: broken({ kind: 'kill', target: worker }, 1_000),
    }),
    stream('S06', {
      title: 'a worker falls silent before it has answered',
      afterTokens: 0,
      limits: { totalMs: 100_000 },
      healsWhenAnswered: true,
      steps: broken({ kind: 'freeze', target: worker }, 0),
    }),
    stream('S07', {
      title: 'the first token of a worker is late',
      afterTokens: 0,
      limits: { firstTokenMs: Math.min(ttftMs, 15_000) },
      steps: broken({ kind: 'freeze', target: worker }, ttftMs),
    }),
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
      afterTokens: 0,
      requests: 20,
      clients: 4,
      isPaced: true,
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
    link('S17', 'a worker loses an engine', { kind: 'cut', target: `${worker}/${engine}` }),
    link('S18', 'a gateway loses an engine', { kind: 'cut', target: `${gateway.id}/${engine}` }),
    link('S19', 'an engine hears a worker no more', {
      kind: 'cut',
      target: `${worker}/${engine}`,
      isOneWay: true,
    }),
    link('S20', 'an engine hears a gateway no more', {
      kind: 'cut',
      target: `${gateway.id}/${engine}`,
      isOneWay: true,
    }),
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
      steps: broken({ kind: 'cut', target: `internet/${gateway.id}` }, 6_000),
    }),
    stream('S23', {
      title: 'engines lose every fifth packet, and the links of workers are narrow',
      afterTokens: 0,
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
