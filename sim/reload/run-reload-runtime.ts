/** `drydock reload`: hands changed Terraform to a simulation that runs, and tells what it did. */
import { relative, resolve } from 'node:path';
import { callControl, chooseRun } from '../control/index.ts';
import { DrydockError } from '../errors.ts';
import { describeReload, type ReloadParams, reloadedSchema } from './describe-reload.ts';

export interface ReloadOptions {
  readonly path: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly variableFiles: readonly string[];
  /** Which of several. */
  readonly run?: string;
  readonly isJson: boolean;
  readonly workingDirectory: string;
  readonly print: (text: string) => void;
}

/** Programs that start may take a minute. */
const budgetMs = 120_000;

/** @throws DrydockError as `drydock verify` does for the same input, SIM_RELOAD_FAILED, SIM_CONTROL_FAILED; nothing has changed then. */
export async function runReload(options: ReloadOptions): Promise<void> {
  const { workingDirectory, variables, variableFiles } = options;
  const run = chooseRun(workingDirectory, options.run);
  // Relative to the folder that `drydock up` runs in, in which places are then told.
  const home = resolve(run.folder, '../../..');
  const shown = (path: string) => {
    const absolute = resolve(workingDirectory, path);
    const within = relative(home, absolute);
    return within.startsWith('..') || within === '' ? absolute : within;
  };
  const params: ReloadParams = {
    path: shown(options.path),
    variables: { ...variables },
    variableFiles: variableFiles.map(shown),
  };
  const result = await callControl(run, { method: 'reload', params, budgetMs });
  const reloaded = reloadedSchema.safeParse(result);
  if (!reloaded.success) {
    throw new DrydockError(
      'SIM_CONTROL_FAILED',
      `could not read what the simulation ${run.name} did: it was started by another version of drydock; start it again`,
    );
  }
  const { flows: _, ...facts } = reloaded.data;
  options.print(
    options.isJson
      ? `${JSON.stringify({ schemaVersion: 1, ...facts }, null, 2)}\n`
      : describeReload(reloaded.data),
  );
}
