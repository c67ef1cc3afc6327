/** One scenario of the upstream half: requests one after the other, what the servers do meanwhile, and where it counts a healthy request at the end. */
import { setTimeout as delay } from 'node:timers/promises';
import { canonicalQuestion } from '../failover-bench/canonical-answer.ts';
import { openPlay } from '../failover-bench/play.ts';
import { aliveAfter, type UpstreamScenario } from '../failover-bench/upstream-checks.ts';
import { isRescued } from '../failover-bench/upstream-evidence.ts';
import { judgeUpstream } from '../failover-bench/upstream-verdict.ts';
import type { ScenarioVerdict } from '../failover-bench/verdict.ts';
import type { Transcript } from '../transcript.ts';
import { type AskOptions, type Door, streamAnswer } from './stream-answer.ts';
import type { UpstreamDesk } from './upstream-desk.ts';

export interface UpstreamRunOptions extends Omit<AskOptions, 'onToken' | 'patienceMs'> {
  readonly door: Door;
  readonly desk: UpstreamDesk;
  /** By the server's name. */
  readonly promptTokens: Readonly<Record<string, number>>;
}

const request = { prompt: canonicalQuestion, maxTokens: 96, isPlain: true };
const aliveMsMax = 10_000;

export async function runUpstreamScenario(
  scenario: UpstreamScenario,
  options: UpstreamRunOptions,
): Promise<ScenarioVerdict> {
  const { now, desk, model, promptTokens } = options;
  const { id, requests, intervalMs = 0, wallMsMax } = scenario;
  const play = openPlay(scenario, { now });
  desk.put(play);
  const seen: Transcript[] = [];
  for (let index = 0; index < requests; index += 1) {
    await delay(Math.max(0, play.startedMs + index * intervalMs - now()));
    const told = await streamAnswer(request, { ...options, patienceMs: wallMsMax });
    seen.push({ ...told, request: index, attempt: 0 });
  }
  const attempts = [...play.attempts];
  const isAliveAfter = !scenario.checks.includes(aliveAfter) || (await isAlive(scenario, options));
  const { primary, startedMs } = play;
  const evidence = { seen, attempts, primary, startedMs, isAliveAfter, model, promptTokens };
  return { id, ...judgeUpstream(scenario, evidence) };
}

async function isAlive({ others }: UpstreamScenario, options: UpstreamRunOptions): Promise<boolean> {
  const healthy = () => others({ isPrefill: false });
  options.desk.put(openPlay({ primary: healthy, others: healthy }, options));
  return isRescued({
    ...(await streamAnswer(request, { ...options, patienceMs: aliveMsMax })),
    ...{ request: 0, attempt: 0 },
  });
}
