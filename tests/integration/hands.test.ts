/** Hands on `./drydock up` from other terminals, all of a user without privileges. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { callControl, chooseRun } from '../../sim/control/index.ts';
import { type Status, statusSchema } from '../../sim/hands/status.ts';
import { familyOf, type Launched, launch, leftBehind, survivors } from '../support/launched.ts';
import { until } from '../support/until.ts';

let folder = '';
let up: Launched;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'drydock-hands-'));
  up = launch(['up', '--model', 'tiny'], { workingDirectory: folder, isUnprivileged: true });
  await up.line(/^curl -N/);
}, 60_000);
beforeEach(() => call('heal', { target: 'all' }));
afterAll(async () => {
  const family = familyOf(up.child.pid);
  up.child.kill('SIGINT');
  await up.exit;
  const left = () => [...leftBehind(folder), ...survivors(family)];
  await until(
    () => (left().length === 0 ? true : undefined),
    { what: 'the end of everything', budgetMs: 5_000 },
    left,
  );
  rmSync(folder, { recursive: true });
});

const begin = (words: readonly string[], input?: string) =>
  launch(words, {
    ...{ workingDirectory: folder, besideUnprivileged: up.child.pid },
    ...(input !== undefined && { input }),
  });

/** To its end. */
async function drydock(words: readonly string[], input?: string) {
  const run = begin(words, input);
  const { code } = await run.exit;
  return { code, text: run.lines.join('\n'), errors: run.errorText().trim() };
}

/** Without a process of its own. */
function call(method: string, params: unknown): Promise<unknown> {
  return callControl(chooseRun(folder), { method, params, budgetMs: 60_000 });
}

const status = async (): Promise<Status> => statusSchema.parse(await call('status', null));

async function nodeOf(id: string): Promise<Status['nodes'][number]> {
  const node = (await status()).nodes.find((one) => one.id === id);
  if (node === undefined) throw new TypeError(`there is no ${id}`);
  return node;
}

/** proc(5): T is stopped. */
const processState = (pid: string | number | undefined) =>
  /^\d+ \(.*\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];

const apiKey = () => readFileSync(join(folder, '.drydock', 'api-key'), 'utf8').trim();

test('shows what runs, where it is entered and where the key is, and never the key', async () => {
  const [table, json] = await Promise.all([drydock(['status']), drydock(['status', '--json'])]);
  expect(table).toMatchObject({ code: 0, errors: '' });
  expect(table.text).toMatch(
    /^ {2}gateway-0 {2}gateway {2}eu-west-1a {2}10\.0\.0\.20, 198\.51\.100\.1 +serving /m,
  );
  expect(table.text).toMatch(/^Gateway, through the entrance: ready$/m);
  expect(table.text).toMatch(/^No fault is in force\.$/m);
  const { schemaVersion, nodes, relays } = JSON.parse(json.text);
  expect(schemaVersion).toBe(1);
  expect(nodes).toHaveLength(5);
  for (const { pid, program } of nodes)
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain(
      `/${program === 'engine' ? 'rpc/engine' : program}/`,
    );
  expect(relays).toMatchObject([{ node: 'gateway-0', address: '198.51.100.1', port: 443 }]);
  expect(table.text + json.text).not.toContain(apiKey());
});

test('asks through the entrance, and tells why there is no answer in one line with exit code 1', async () => {
  const [answered, json, refused] = await Promise.all([
    drydock(['ask', 'Hello?', '--max-tokens', '8']),
    drydock(['ask', 'Hello?', '--max-tokens', '8', '--json']),
    drydock(['ask', 'Hello?', '--model', 'nobody']),
  ]);
  expect(answered).toMatchObject({ code: 0, errors: '' });
  expect(JSON.parse(json.text)).toMatchObject({ schemaVersion: 1, model: 'tiny', completionTokens: 8 });
  expect(answered.text.trim()).not.toBe('');
  expect(refused).toMatchObject({ code: 1, text: '' });
  expect(refused.errors).toMatch(
    /^drydock: could not get a whole answer: status 404: [^\n]*no worker serves[^\n]*$/,
  );
});

test('runs a command where a program runs, with its network, files and processes, and no privilege', async () => {
  const script = `
    ip -4 -o addr show eth0; cat /run/drydock/node-id; echo; ps -o args= -p 1; grep CapBnd /proc/self/status; echo "$DRYDOCK_SLOTS"
    ls -A "${folder}/.drydock"; ip link set eth0 down 2>&1; cat; exit 7`;
  const { code, text } = await drydock(['exec', 'worker-1', '--', 'sh', '-c', script], 'from outside');
  expect(code).toBe(7);
  const [address, node, program, capabilities, slots, ...rest] = text.split('\n');
  expect(address).toContain(' 10.0.11.20/32 ');
  expect(node).toBe('worker-1');
  expect([program, capabilities, slots].join('\n')).toMatch(/worker\/main\.ts\nCapBnd:\s+0+\n4$/);
  expect(rest).toStrictEqual(['RTNETLINK answers: Operation not permitted', 'from outside']);
});

/** Nobody else's have such a time. */
const sleeping = `sleep ${4_000_000 + process.pid}`;

function sleepers(): readonly string[] {
  return readdirSync('/proc').filter((pid) => commandLine(pid) === `${sleeping.replace(' ', '\0')}\0`);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

test('finds metrics and an audit log at the gateway’s own loopback, and nobody who may administer', async () => {
  const base = 'http://127.0.0.1:9464';
  const script = `curl -s ${base}/metrics; curl -s -o /dev/null -w '%{http_code}' ${base}/admin/workers`;
  const { code, text } = await drydock(['exec', 'gateway-0', '--', 'sh', '-c', script]);
  expect(code).toBe(0);
  expect(text).toMatch(/^gateway_audit_accepting 1$/m);
  expect(text).toMatch(/401$/);
});

test('ends a command, and what it started, when its caller is killed', async () => {
  const script = `${sleeping} & (setsid ${sleeping} &); ${sleeping}`;
  const run = begin(['exec', 'worker-1', '--', 'sh', '-c', script]);
  const all = { what: 'all parts of the command', budgetMs: 5_000 };
  await until(() => (sleepers().length === 3 ? true : undefined), all, sleepers);
  run.child.kill('SIGKILL');
  const none = { what: 'the end of the command', budgetMs: 2_000 };
  await until(() => (sleepers().length === 0 ? true : undefined), none, sleepers);
  expect((await nodeOf('worker-1')).restarts).toBe(0);
});

/** Killed by hand, started by its unit. */
async function killWorker() {
  const before = await nodeOf('worker-0');
  const { code, text } = await drydock(['fault', 'kill', 'worker-0']);
  expect({ code, text }).toStrictEqual({
    code: 0,
    text: expect.stringMatching(/^worker-0: killed, after \d+ ms; its unit starts it again in 1 s$/),
  });
  const after = await servingAgain('worker-0');
  expect(after).toMatchObject({
    ...{ privateAddress: before.privateAddress, lastEnd: 'was ended by SIGKILL', restarts: 1 },
  });
  expect(after.pid).not.toBe(before.pid);
  const logs = await drydock(['logs', 'worker-0', '--json', '-n', '1000']);
  const ready = logs.text.split('\n').filter((line) => JSON.parse(line).event === 'ready');
  expect(ready).toHaveLength(2);
}

async function killEngineForGood() {
  const answer = await call('fault', { kind: 'kill', target: 'engine-1', isForGood: true });
  expect(answer).toMatchObject({ isInForce: true, fault: { hits: ['engine-1'] } });
  const refused = await drydock(['exec', 'engine-1', '--', 'true']);
  expect(refused).toMatchObject({ code: 2, errors: expect.stringMatching(/its program does not run/) });
  // Longer than a unit takes.
  await servingAgain('worker-0');
  expect(await nodeOf('engine-1')).toMatchObject({ state: 'dead', lastEnd: 'was ended by SIGKILL' });
  await call('heal', { target: 'engine-1' });
  await servingAgain('engine-1');
  expect(await call('restart', { node: 'engine-1' })).toMatchObject({ node: 'engine-1', wasKilled: false });
  expect(await nodeOf('engine-1')).toMatchObject({ state: 'serving', lastEnd: 'ended with exit code 0' });
}

function servingAgain(id: string) {
  let seen: Status['nodes'][number] | undefined;
  return until(
    async () => {
      seen = await nodeOf(id);
      return seen.state === 'serving' && seen.restarts > 0 ? seen : undefined;
    },
    { what: `${id} serving again`, budgetMs: 10_000 },
    () => seen,
  );
}

test('starts a killed program again, under its name and address; one that was killed for good when it is healed', async () => {
  await Promise.all([killWorker(), killEngineForGood()]);
});

test('freezes every process of a machine until it is healed', async () => {
  const run = begin(['exec', 'worker-1', '--', 'sh', '-c', `${sleeping}; true`]);
  const begun = { what: 'a second process of the machine', budgetMs: 5_000 };
  const [sleeper] = await until(() => (sleepers().length === 1 ? sleepers() : undefined), begun, sleepers);
  const states = async () => [(await nodeOf('worker-1')).pid, sleeper].map(processState);
  await call('fault', { kind: 'freeze', target: 'worker-1' });
  expect((await nodeOf('worker-1')).state).toBe('frozen');
  expect(await states()).toStrictEqual(['T', 'T']);
  const { text } = await drydock(['fault', 'thaw', 'worker-1']);
  expect(text).toMatch(/^Healed after \d+ ms: worker-1 \(thawed\)$/);
  expect(await states()).not.toContain('T');
  run.child.kill('SIGKILL');
  await run.exit;
});

test('cuts off a zone while an answer streams, lets no packet through, and heals by itself', async () => {
  const stream = begin(['ask', 'Tell me everything.', '--max-tokens', '400']);
  const { code, text } = await drydock(['fault', 'cut', 'eu-west-1b', '--seconds', '3']);
  expect({ code, text }).toMatchObject({
    code: 0,
    text: expect.stringMatching(
      /^eu-west-1b \(engine-1, worker-1\): cut off, after \d+ ms; heals by itself in 3 s, or undo with \.\/drydock fault heal f\d+$/,
    ),
  });
  const reach = [
    'exec',
    'gateway-0',
    '--',
    'timeout',
    '0.4',
    'bash',
    '-c',
    'echo > /dev/tcp/10.0.11.10/49136',
  ];
  const [cut, seen] = await Promise.all([drydock(reach), status()]);
  expect(cut.code).toBe(124);
  expect(seen.faults).toMatchObject([{ kind: 'cut', target: 'eu-west-1b', hits: ['engine-1', 'worker-1'] }]);
  await until(async () => ((await status()).faults.length === 0 ? true : undefined), {
    ...{ what: 'the healing of the zone', budgetMs: 8_000 },
  });
  expect(await drydock(reach)).toMatchObject({ code: 0 });
  // Whole, or an error: never a part that passes for the whole.
  const ending = await stream.exit;
  if (ending.code !== 0) expect(stream.errorText()).toMatch(/could not get a whole answer: /);
});

test('answers mistakes with one line and exit code 2', async () => {
  const mistakes: readonly [words: readonly string[], error: RegExp][] = [
    [['fault', 'cut', 'nobody'], /could not find nobody: .* there are engine-0, .*internet/],
    [['logs', 'nobody'], /there is none of that name; there are engine-0, /],
    [['exec', 'nobody', '--', 'true'], /there is no such node; there are engine-0, /],
    [['restart', 'nobody'], /there is none of that name; there are engine-0, /],
    [['fault', 'heal', 'worker-0'], /nothing is broken under the name worker-0; no fault is in force$/],
  ];
  const answers = await Promise.all(mistakes.map(([words]) => drydock(words)));
  for (const [index, { code, text, errors }] of answers.entries()) {
    expect({ code, text }).toStrictEqual({ code: 2, text: '' });
    expect(errors).toMatch(/^drydock: [^\n]+$/);
    expect(errors).toMatch(mistakes[index]?.[1] ?? /never/);
  }
});
