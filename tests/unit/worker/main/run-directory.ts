/** A run directory as the launch contract describes it, and the environment that goes with it. */

import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fixtures } from '../text/vocabularies.ts';

export interface RunDirectory extends AsyncDisposable {
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
}

type Files = Readonly<Record<string, string | undefined>>;

/** @param files contents by name, besides or in place of the usual ones; undefined leaves one out. */
export async function makeRunDirectory(files: Files = {}): Promise<RunDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'drydock-run-'));
  await mkdir(join(path, 'model'));
  await mkdir(join(path, 'cache'));
  const contents = {
    'node-id': 'worker-0\n',
    'availability-zone': 'eu-west-1a\n',
    'model/model.json': JSON.stringify({ name: 'tiny', file: 'model.gguf', chatStyle: 'gemma' }),
    ...files,
  };
  for (const [name, content] of Object.entries(contents)) {
    if (content === undefined) continue;
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  return {
    path,
    environment: {
      DRYDOCK_ENVIRONMENT: 'dev',
      DRYDOCK_RUN_DIR: path,
      DRYDOCK_ENGINES: 'eu-west-1a=127.0.0.1,eu-west-1b=127.0.0.2:4000',
      DRYDOCK_MODEL: 's3://models/tiny/',
      DRYDOCK_SLOTS: '3',
      DRYDOCK_THREADS: '1',
      DRYDOCK_CONTEXT_TOKENS: '4096',
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

export async function makeRunDirectoryWithTiny(): Promise<RunDirectory> {
  const run = await makeRunDirectory();
  await copyFile(join(fixtures, 'tiny-gemma3/model.gguf'), join(run.path, 'model/model.gguf'));
  return run;
}

/** The tiny model under several names, each in a directory of its own. @param models what `model.json` says besides name and file. */
export async function makeRunDirectoryWithModels(
  models: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  files: Files = {},
): Promise<RunDirectory> {
  const json = Object.entries(models).map(([name, fields]) => [
    `model/${name}/model.json`,
    JSON.stringify({ name, file: 'model.gguf', ...fields }),
  ]);
  const run = await makeRunDirectory({
    ...Object.fromEntries(json),
    'model/model.json': undefined,
    ...files,
  });
  for (const name of Object.keys(models)) {
    await copyFile(join(fixtures, 'tiny-gemma3/model.gguf'), join(run.path, 'model', name, 'model.gguf'));
  }
  return run;
}
