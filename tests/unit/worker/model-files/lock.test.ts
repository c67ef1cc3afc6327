/** One holder at a time, in this process and among processes, and none that is dead. */

import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { takeLock } from '../../../../src/worker/model-files/runtime/lock.ts';
import { scratchDir } from '../scratch-dir.ts';
import { startProgram } from './start-program.ts';
import { rejection } from './workshop.ts';

const signal = new AbortController().signal;
const quiet = { signal, onWait: () => undefined };

test('lets the next one in when it is disposed', async () => {
  const path = join(scratchDir(), 'deep', 'lock');
  const order: string[] = [];
  const held = await takeLock(path, quiet);
  const next = takeLock(path, { signal, onWait: () => order.push('waits') });
  await expect.poll(() => order).toEqual(['waits']);
  order.push('let go');
  held[Symbol.dispose]();
  (await next)[Symbol.dispose]();
  expect(order).toEqual(['waits', 'let go']);
});

test('gives up when the wait is over, and when it is aborted', async () => {
  const path = join(scratchDir(), 'lock');
  using _held = await takeLock(path, quiet);
  const late = await rejection(takeLock(path, { ...quiet, waitMsMax: 100 }));
  expect(late).toMatchObject({ code: 'WORKER_MODEL_UNAVAILABLE' });
  expect(late.message).toMatch(
    /^could not lock .*: another process has had it for 0.1 s; wait for its download, or end it$/,
  );
  const stop = new AbortController();
  const waiting = takeLock(path, { signal: stop.signal, onWait: () => stop.abort() });
  expect(await rejection(waiting)).toMatchObject({ name: 'AbortError' });
});

test('a process that is killed holds it no longer', async () => {
  const path = join(scratchDir(), 'lock');
  const { child, firstLine } = startProgram(new URL('./hold-lock.ts', import.meta.url), [path]);
  expect(await firstLine).toBe('held');
  await expect(takeLock(path, { ...quiet, waitMsMax: 200 })).rejects.toThrow('another process has had it');
  child.kill('SIGKILL');
  await once(child, 'exit');
  using lock = await takeLock(path, { ...quiet, waitMsMax: 200 });
  expect(lock).toBeDefined();
});
