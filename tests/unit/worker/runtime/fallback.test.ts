/**
 * What takes the native runner's place where it cannot be had: a copy of the worker's files beside a koffi without any binary, as npm
 * installs it on a system for which there is none.
 */

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../../../src/worker/graph/build-graph-runtime.ts';
import { fixtureFile } from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';

const root = join(import.meta.dirname, '../../../..');
const packageDir = (name: string) => join(root, 'node_modules', name);

describe('openRunner where koffi has no binary', () => {
  it('says why, once, and answers with the portable runner', async () => {
    const dir = scratchDir();
    for (const folder of ['src/rpc', 'src/worker'])
      cpSync(join(root, folder), join(dir, folder), { recursive: true });
    mkdirSync(join(dir, 'node_modules'));
    writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
    for (const name of ['onnxruntime-node', 'zod'])
      symlinkSync(packageDir(name), join(dir, 'node_modules', name));
    // Copied, for a link would lead to where its binaries are.
    cpSync(packageDir('koffi'), join(dir, 'node_modules/koffi'), { recursive: true });
    const modelFile = fixtureFile('model.gguf');
    const { dir: graphDir } = await buildGraph({ modelFile, cacheDir: join(dir, 'cache') });
    const script = `
      import { openRunner } from './src/worker/runtime/open-runner.ts';
      const told = [];
      const options = { modelFile: ${JSON.stringify(modelFile)}, graphDir: ${JSON.stringify(graphDir)} };
      await using runner = await openRunner({ ...options, onFallback: (reason) => told.push(reason) });
      using sequence = runner.openSequence();
      const { length } = await runner.prefill(sequence, [2, 3], { logits: 'last' });
      console.log(JSON.stringify({ kind: runner.kind, told, length }));`;
    writeFileSync(join(dir, 'open.ts'), script);
    const { stdout } = await promisify(execFile)(process.execPath, ['open.ts'], {
      cwd: dir,
      timeout: 20_000,
    });
    const { told, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual({ kind: 'portable', length: 512 });
    expect(told).toEqual([expect.stringMatching(/^Cannot find the native Koffi module[^\n]*$/)]);
  });
});
