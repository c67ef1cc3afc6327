import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openSocketPath } from '../../../../sim/control/index.ts';
import { openPlay } from '../../../../sim/drill/failover-bench/play.ts';
import { deskSocket, openUpstreamDesk } from '../../../../sim/drill/runtime/upstream-desk.ts';

function parentFolder(...below: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'drydock-test-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, ...below);
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function ask(folder: string): Promise<unknown> {
  using place = openSocketPath(folder, deskSocket);
  const asked = request({ socketPath: place.path, method: 'POST', agent: false });
  asked.end(JSON.stringify({ server: 'worker-0', isPrefill: false }));
  const [response] = await once(asked, 'response');
  return json(response);
}

const healthy = { kind: 'answer', tokenMs: 1 } as const;
const down = { kind: 'refuse', status: 503, code: 'overloaded' } as const;

test.each([
  ['a short path', ['run']],
  ['a path longer than that of a socket', ['r'.repeat(100), 'u'.repeat(100)]],
])('answers from its folder in the run, at %s, and leaves nothing', async (_, below) => {
  const run = parentFolder(...below);
  {
    await using desk = await openUpstreamDesk(run);
    expect(readdirSync(run)).toHaveLength(1);
    expect(readdirSync(desk.folder)).toStrictEqual([deskSocket]);
    expect(await ask(desk.folder)).toMatchObject({ kind: 'refuse', code: 'no_scenario' });
    const play = openPlay({ primary: () => down, others: () => healthy }, { now: () => 5 });
    desk.put(play);
    expect(await ask(desk.folder)).toStrictEqual(down);
    expect(play.attempts).toStrictEqual([{ server: 'worker-0', isPrefill: false, atMs: 5 }]);
  }
  expect(readdirSync(run)).toStrictEqual([]);
});

test('two are beside each other in one run', async () => {
  const run = parentFolder();
  await using one = await openUpstreamDesk(run);
  await using other = await openUpstreamDesk(run);
  one.put(openPlay({ primary: () => down, others: () => down }, { now: () => 0 }));
  expect([await ask(one.folder), await ask(other.folder)]).toMatchObject([down, { code: 'no_scenario' }]);
});

test('one that cannot be opened leaves nothing either', async () => {
  const run = parentFolder();
  const listen = vi.spyOn(Server.prototype, 'listen').mockImplementation(function listen(this: Server) {
    queueMicrotask(() => this.emit('error', new Error('no room')));
    return this;
  });
  onTestFinished(() => listen.mockRestore());
  await expect(openUpstreamDesk(run)).rejects.toThrow('no room');
  expect(readdirSync(run)).toStrictEqual([]);
});
