/** One call to the simulation that runs for a folder, with its answer checked. */
import type { z } from 'zod';
import { callControl, chooseRun, type Run } from '../control/index.ts';
import { DrydockError } from '../errors.ts';

/** Which simulation, and where to print. */
export interface Caller {
  readonly workingDirectory: string;
  /** Which of several. */
  readonly run?: string;
  readonly print: (text: string) => void;
}

export function runOf({ workingDirectory, run }: Pick<Caller, 'workingDirectory' | 'run'>): Run {
  return chooseRun(workingDirectory, run);
}

export interface SimulationCall<Answer> {
  readonly method: string;
  readonly params: unknown;
  readonly answer: z.ZodType<Answer>;
  readonly budgetMs: number;
}

/** @throws DrydockError as the method does, or SIM_CONTROL_FAILED. */
export async function callSimulation<Answer>(
  run: Run,
  { answer, ...call }: SimulationCall<Answer>,
): Promise<Answer> {
  const parsed = answer.safeParse(await callControl(run, call));
  if (parsed.success) return parsed.data;
  throw otherVersion(run);
}

export function otherVersion({ name }: Run): DrydockError {
  return new DrydockError(
    'SIM_CONTROL_FAILED',
    `could not read what the simulation ${name} says: it was started by another version of drydock; start it again`,
  );
}

/** For a program: one object, with the version of its shape. */
export function jsonText(fields: object): string {
  return `${JSON.stringify({ schemaVersion: 1, ...fields }, null, 2)}\n`;
}
