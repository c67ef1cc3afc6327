/** A simulated deployment as `drydock up` starts it, for black-box tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  openRunDirectory,
  planDeployment,
  prepareModel,
  type StartedDeployment,
  startDeployment,
} from '../../sim/deployment/index.ts';

export const referenceTerraform = fileURLToPath(
  new URL('../../infra/synth/dev/main.tf.json', import.meta.url),
);

export interface TestedDeployment extends StartedDeployment {
  readonly apiKey: string;
  readonly logDirectory: string;
  /** Programs that ended by themselves or by the test, in order. */
  readonly ended: readonly string[];
}

/** @param terraform that of dev, unless it is given. */
export async function startTestedDeployment(
  model?: string,
  terraform = referenceTerraform,
): Promise<TestedDeployment> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-test-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const run = openRunDirectory(folder);
  const prepared = await prepareModel({
    ...(model !== undefined && { model }),
    onStep: () => undefined,
    onNote: () => undefined,
    signal: AbortSignal.timeout(150_000),
  });
  const ended: string[] = [];
  const deployment = stack.use(
    await startDeployment(await planDeployment(terraform), {
      modelDirectory: prepared.directory,
      cacheDirectory: prepared.graphCacheDirectory,
      apiKeysJson: run.apiKeysJson,
      logDirectory: run.logDirectory,
      stateDirectory: run.stateDirectory,
      onNodeEnded: (id) => ended.push(id),
      onLost(error) {
        throw error;
      },
    }),
  );
  await deployment.startPrograms();
  const owned = stack.move();
  return {
    ...deployment,
    apiKey: run.apiKey,
    logDirectory: run.logDirectory,
    ended,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
