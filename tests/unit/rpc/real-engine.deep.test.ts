/** What looks for a real engine and starts it, tried out on a stand-in: nobody else runs it where there is no real one. */
import { chmod, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allCases } from './conformance/all-cases.ts';
import { casesFor } from './conformance/cases-for.ts';
import { findRealEngine } from './conformance/real-engine.ts';
import { programPath } from './program.ts';

async function standIn(mode: string) {
  const directory = await mkdtempDisposable(join(tmpdir(), 'drydock-stand-in-'));
  const path = join(directory.path, 'iii');
  const command = `exec "${process.execPath}" "${programPath('iii-stand-in.ts')}" "$@"`;
  await writeFile(path, `#!/bin/sh\nIII_STAND_IN_MODE=${mode} ${command}\n`);
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() };
}

test('a binary that III_ENGINE_BIN names is started for a case and runs it in the mode of its version', async () => {
  await using binary = await standIn('0.23');
  const real = await findRealEngine({ III_ENGINE_BIN: binary.path });
  if (typeof real === 'string') throw new Error(real);
  expect(real.mode).toBe('0.23');
  const ids = ['B8', 'F12'];
  const cases = casesFor(allCases, { mode: real.mode, substrate: 'real', suite: 'all' });
  for (const wireCase of ids.map((id) => cases.find((each) => each.id === id))) {
    if (wireCase === undefined) throw new Error('no such case');
    await using engine = await real.start(wireCase);
    await wireCase.run(engine);
  }
});

test('a binary that does not start says so', async () => {
  await expect(findRealEngine({ III_ENGINE_BIN: '/bin/false' })).rejects.toThrow('ended with code 1');
});

test('without one it is said why none is compared', async () => {
  expect(await findRealEngine({}, { docker: '/bin/false' })).toMatch(
    /^no real iii engine: III_ENGINE_BIN names none/,
  );
});
