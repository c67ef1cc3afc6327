import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { callControl, chooseRun, controlMethod, openControlServer } from '../../../../sim/control/index.ts';
import { DrydockError } from '../../../../sim/errors.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drydock-control-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function runFolder(pid = process.pid, root = folder): string {
  const path = join(root, '.drydock', 'runs', String(pid));
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

const methods = {
  double: controlMethod({ params: z.object({ number: z.number() }), run: async ({ number }) => number * 2 }),
  follow: controlMethod({
    params: z.null(),
    run: async (_, { emit }) => {
      emit('one');
      emit('two');
      return 'done';
    },
  }),
  refuse: controlMethod({
    params: z.null(),
    run: () => {
      const problems = [{ message: 'the first' }, { message: 'the second' }];
      throw new DrydockError('SIM_TERRAFORM_PROBLEMS', 'could not read it: two mistakes; correct them', {
        details: { problems },
      });
    },
  }),
};

const call = (method: string, params: unknown, onEvent?: (event: unknown) => void) =>
  callControl(chooseRun(folder), { method, params, budgetMs: 5_000, ...(onEvent && { onEvent }) });

test('answers a method by its name, with events before the result', async () => {
  await using _ = await openControlServer(runFolder(), methods);
  expect(await call('double', { number: 21 })).toBe(42);
  const events: unknown[] = [];
  expect(await call('follow', null, (event) => events.push(event))).toBe('done');
  expect(events).toStrictEqual(['one', 'two']);
});

test('throws at the caller what the method threw, each of several mistakes told', async () => {
  await using _ = await openControlServer(runFolder(), methods);
  const error = await call('refuse', null).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    code: 'SIM_TERRAFORM_PROBLEMS',
    message: 'could not read it: two mistakes; correct them',
    details: { problems: [{ message: 'the first' }, { message: 'the second' }] },
  });
});

test('hangs up when it is told to, and the method learns it', async () => {
  const gone = Promise.withResolvers<string>();
  const waits = controlMethod({
    params: z.null(),
    run: async (_, { signal, emit }) => {
      signal.addEventListener('abort', () => gone.resolve(String(signal.reason)));
      emit('it waits');
      await gone.promise;
    },
  });
  await using _ = await openControlServer(runFolder(), { waits });
  const stop = new AbortController();
  const result = callControl(chooseRun(folder), {
    ...{ method: 'waits', params: null, signal: stop.signal },
    onEvent: () => stop.abort(new Error('enough')),
  });
  await expect(result).rejects.toThrow('enough');
  expect(await gone.promise).toMatch(/the caller is gone/);
});

test.each([
  ['a method that it does not have', 'toString', null],
  ['parameters of another shape', 'double', { number: 'x' }],
])('refuses %s', async (_why, method, params) => {
  await using _ = await openControlServer(runFolder(), methods);
  const error = await call(method, params).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'SIM_CONTROL_FAILED' });
});

test.each([
  ['what is no JSON', 'hello\n'],
  ['a line without end', 'x'.repeat(2 ** 20 + 2)],
  ['what is no request', '{"id":"x"}\n'],
])('hangs up on %s, and goes on with others', async (_why, text) => {
  const path = runFolder();
  await using _ = await openControlServer(path, methods);
  const socket = connect(join(path, 'control.sock'));
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  expect(await call('double', { number: 1 })).toBe(2);
});

test('lets nobody but its user write to the socket', async () => {
  const path = runFolder();
  await using _ = await openControlServer(path, methods);
  expect(statSync(join(path, 'control.sock')).mode & 0o777).toBe(0o600);
});

test('works in a folder that is deeper than a socket’s name may be long', async () => {
  const deep = join(folder, 'a'.repeat(80), 'b'.repeat(80));
  mkdirSync(deep, { recursive: true });
  await using _ = await openControlServer(runFolder(process.pid, deep), methods);
  const result = callControl(chooseRun(deep), { method: 'double', params: { number: 3 }, budgetMs: 5_000 });
  expect(await result).toBe(6);
});

test('finds the simulation of the folder, or of one above, and chooses among several by its name', async () => {
  expect(() => chooseRun(folder)).toThrow(/: no simulation runs here; start one with \.\/drydock up/);
  await using _ = await openControlServer(runFolder(), methods);
  const below = join(folder, 'below');
  mkdirSync(below);
  expect(chooseRun(below).name).toBe(String(process.pid));
  // One that has ended, and what is no run.
  runFolder(2 ** 22);
  writeFileSync(join(folder, '.drydock', 'runs', 'note'), '');
  expect(chooseRun(folder).name).toBe(String(process.pid));
  // A second one that runs.
  await using other = createServer();
  other.listen(join(runFolder(process.ppid), 'control.sock'));
  await once(other, 'listening');
  expect(() => chooseRun(folder)).toThrow(/: 2 simulations run here; choose one with --run: \d+, \d+/);
  expect(chooseRun(folder, String(process.ppid)).name).toBe(String(process.ppid));
  expect(() => chooseRun(folder, '1')).toThrow(/: no simulation 1 runs here; there are /);
});

test('says so where nobody answers any more', async () => {
  const path = runFolder();
  await (await openControlServer(path, methods))[Symbol.asyncDispose]();
  expect(() => chooseRun(folder)).toThrow(/no simulation runs here/);
});
