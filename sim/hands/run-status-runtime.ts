/** `drydock status` */
import { type Caller, callSimulation, jsonText, runOf } from './call-simulation-runtime.ts';
import { describeStatus, statusSchema } from './status.ts';

const budgetMs = 10_000;

/** @throws DrydockError SIM_CONTROL_FAILED */
export async function runStatus({
  isJson,
  print,
  ...caller
}: Caller & { readonly isJson: boolean }): Promise<void> {
  const run = runOf(caller);
  const status = await callSimulation(run, {
    ...{ method: 'status', params: null, answer: statusSchema, budgetMs },
  });
  print(isJson ? jsonText({ run: run.name, ...status }) : describeStatus(status, run.name));
}
