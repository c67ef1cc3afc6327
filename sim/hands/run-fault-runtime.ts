/** `drydock fault …` and `drydock restart` */
import { type Caller, callSimulation, jsonText, runOf } from './call-simulation-runtime.ts';
import { describeFault, describeHeal, describeRestart } from './describe-fault.ts';
import {
  type FaultRequest,
  faultAnswerSchema,
  healAnswerSchema,
  restartAnswerSchema,
} from './fault-request.ts';

export interface HandsOnCaller extends Caller {
  readonly isJson: boolean;
}

const budgetMs = 30_000;
/** Beside the grace time: it starts anew, and loads its model. */
const startBudgetMs = 90_000;
const graceMsDefault = 30_000;

/** @throws DrydockError SIM_ENDPOINT_UNKNOWN, SIM_INPUT_INVALID, SIM_CONTROL_FAILED; nothing is broken then. */
export async function runFault(
  request: FaultRequest,
  { isJson, print, ...caller }: HandsOnCaller,
): Promise<void> {
  const answer = await callSimulation(runOf(caller), {
    ...{ method: 'fault', params: request, answer: faultAnswerSchema, budgetMs },
  });
  print(isJson ? jsonText(answer) : `${describeFault(answer)}\n`);
}

export async function runHeal(target: string, { isJson, print, ...caller }: HandsOnCaller): Promise<void> {
  const answer = await callSimulation(runOf(caller), {
    ...{ method: 'heal', params: { target }, answer: healAnswerSchema, budgetMs },
  });
  print(isJson ? jsonText(answer) : `${describeHeal(answer)}\n`);
}

export interface RestartRequest {
  readonly node: string;
  /** Absent: as the units of the machines have it. */
  readonly graceSeconds?: number;
}

/** Resolves when it serves again. */
export async function runRestart(
  { node, graceSeconds }: RestartRequest,
  { isJson, print, ...caller }: HandsOnCaller,
): Promise<void> {
  const graceMs = graceSeconds === undefined ? undefined : graceSeconds * 1_000;
  const answer = await callSimulation(runOf(caller), {
    method: 'restart',
    params: { node, ...(graceMs !== undefined && { graceMs }) },
    answer: restartAnswerSchema,
    budgetMs: (graceMs ?? graceMsDefault) + startBudgetMs,
  });
  print(isJson ? jsonText(answer) : `${describeRestart(answer)}\n`);
}
