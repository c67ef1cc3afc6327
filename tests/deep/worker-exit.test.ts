/** A worker that fails in the middle of a run of the real model: it says why, exits with 2, and soon. */
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { GenerateRequest } from '../../src/rpc/contract/generate.ts';
import { functionIds } from '../../src/rpc/contract/worker.ts';
import { missing } from '../require.ts';
import { RawPeer, startTestEngine } from '../unit/rpc/conformance/raw-peer.ts';
import { rawGenerate } from '../unit/rpc/transport/raw-generate.ts';
import { requestOf } from '../unit/worker/generation/ask.ts';
import { Program } from '../unit/worker/main/program.ts';
import { makeRunDirectory } from '../unit/worker/main/run-directory.ts';
import { needRealModel } from '../unit/worker/text/vocabularies.ts';

const breakable = new URL('../unit/worker/main/break-on-signal.ts', import.meta.url);

test.for(['native', 'portable'])('on the %s runner', async (runner, context) => {
  const { file, graphs } = needRealModel((note) => missing(context, note));
  await using run = await makeRunDirectory();
  await symlink(file, join(run.path, 'model/model.gguf'));
  await rm(join(run.path, 'cache'), { recursive: true });
  await mkdir(graphs, { recursive: true });
  await symlink(graphs, join(run.path, 'cache'));
  await using engine = await startTestEngine();
  await using worker = new Program('src/worker/main.ts', {
    ...run.environment,
    NODE_OPTIONS: `--import=${breakable}`,
    DRYDOCK_ENGINES: `z=127.0.0.1:${engine.port}`,
    DRYDOCK_RUNNER: runner,
    DRYDOCK_THREADS: '2',
  });
  await worker.logged('ready');
  await using caller = await RawPeer.connect(engine.url);
  const request: GenerateRequest = requestOf({
    prompt: 'Once upon a time there was a king. '.repeat(150),
    sampling: { maxTokens: 2000, temperature: 1, seed: 1 },
  });
  await using generation = await rawGenerate(caller, { request }, { engineUrl: engine.url });
  // Nearly all of its time it is in a run: of the prompt now, which takes long.
  expect((await caller.ask(functionIds('worker-0').health, {})).result).toMatchObject({ running: 1 });
  const startMs = performance.now();
  worker.kill('SIGUSR2');
  expect(await worker.exitCode()).toBe(2);
  expect(performance.now() - startMs).toBeLessThan(4000);
  expect(worker.lines.at(-1)).toMatchObject({ event: 'failed', reason: 'RangeError' });
  // Nothing after it, such as the last words of an aborted process.
  expect(worker.stderr.trimEnd().split('\n').at(-1)).toContain('"event":"failed"');
  await generation.socket.closed();
  expect(generation.frames().at(-1)).toMatchObject({ error: { code: 'RPC_WORKER_LOST' } });
});
