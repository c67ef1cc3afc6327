/** A run directory as the launch contract describes it, and the environment that goes with it. */

import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixtures } from '../text/vocabularies.ts';

export interface RunDirectory extends AsyncDisposable {
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** @param files contents by name, besides or in place of the usual ones; undefined leaves one out. */
export async function makeRunDirectory(
  files: Readonly<Record<string, string | undefined>> = {},
): Promise<RunDirectory> {
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
    if (content !== undefined) await writeFile(join(path, name), content);
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
