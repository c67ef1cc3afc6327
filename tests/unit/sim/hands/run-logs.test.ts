import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openControlServer } from '../../../../sim/control/index.ts';
import { runLogs } from '../../../../sim/hands/run-logs-runtime.ts';
import { until } from '../../../support/until.ts';

let folder = '';
let file = '';
let server: AsyncDisposable;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'drydock-logs-'));
  const run = join(folder, '.drydock', 'runs', String(process.pid));
  mkdirSync(join(run, 'logs'), { recursive: true });
  file = join(run, 'logs', 'worker-0.log');
  writeFileSync(file, '');
  server = await openControlServer(run, {});
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const request = {
  ...{ node: 'worker-0', lines: 2, isFollowing: false },
  ...{ signal: new AbortController().signal, flushed: async () => undefined },
};

async function shown(asked: Partial<typeof request> = {}): Promise<string> {
  let text = '';
  const print = (more: string) => {
    text += more;
  };
  await runLogs({ ...request, ...asked }, { workingDirectory: folder, isJson: true, print });
  return text;
}

test.each([
  [0, ''],
  [2, 'b\nc\n'],
  [9, 'a\nb\nc\n'],
])('shows the last %i lines that are whole', async (lines, text) => {
  writeFileSync(file, 'a\nb\nc\nnot yet');
  expect(await shown({ lines })).toBe(text);
});

test('reads a long log’s end alone, and no half of a line', async () => {
  const line = `${'é'.repeat(499)}\n`;
  writeFileSync(file, line.repeat(2_000));
  const text = await shown({ lines: 10_000 });
  expect(text.replaceAll(line, '')).toBe('');
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2 ** 20);
  expect(Buffer.byteLength(text)).toBeGreaterThan(2 ** 20 - 2_000);
});

test('follows what comes, characters that come in two pieces included, until it is told to stop', async () => {
  writeFileSync(file, 'a\nb');
  const stop = new AbortController();
  let text = '';
  const print = (more: string) => {
    text += more;
  };
  const following = runLogs(
    { ...request, isFollowing: true, signal: stop.signal },
    { workingDirectory: folder, isJson: true, print },
  );
  const saw = (wanted: string) =>
    until(
      () => (text === wanted ? true : undefined),
      { what: wanted, budgetMs: 5_000 },
      () => text,
    );
  await saw('a\n');
  const [first, second] = [Buffer.from('é\n').subarray(0, 1), Buffer.from('é\n').subarray(1)];
  appendFileSync(file, first);
  appendFileSync(file, Buffer.concat([second, Buffer.from('d\n')]));
  await saw('a\nbé\nd\n');
  stop.abort();
  await following;
});

test.each(['nobody', '../../../secret', ''])('refuses %j and lists the logs that there are', async (node) => {
  await expect(shown({ node })).rejects.toThrow(
    /^could not show the log of .*: there is none of that name; there are worker-0$/,
  );
});
