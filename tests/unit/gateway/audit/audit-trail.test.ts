import { appendFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { auditEntryOf } from '../../../../src/gateway/audit/audit-entry.ts';
import { createDirectoryStore } from '../../../../src/gateway/audit/runtime/directory-store.ts';
import type { OpenFile } from '../../../../src/gateway/audit/runtime/spool.ts';
import { inProcessGateway } from '../in-process-gateway.ts';
import { type AuditPlace, auditPlace, endedRequest } from './audit-fixture.ts';

const recordsOf = (place: AuditPlace, directory: string) =>
  Object.values(place.lines(directory)).flatMap((lines) => lines.map((line) => JSON.parse(line).record));

it('writes one record for each request, in their order, and closes with a signature', async () => {
  using place = auditPlace();
  {
    await using audit = await place.open();
    for (const id of ['a', 'b', 'c']) audit.observe(endedRequest(id));
  }
  expect(recordsOf(place, place.spool).map(({ kind, requestId }) => requestId ?? kind)).toEqual([
    'opened',
    'a',
    'b',
    'c',
    'closed',
    'checkpoint',
  ]);
  expect(await place.findings(place.spool)).toEqual([]);
  expect(readdirSync(place.spool)).toEqual(['gateway-0-00000000.000000000000.jsonl']);
});

it('records who asked for what and how it went, and no prompt unless it is to', async () => {
  using place = auditPlace();
  {
    await using audit = await place.open();
    const gateway = inProcessGateway({ observers: [audit.observe] });
    const messages = [{ role: 'user', content: 'canary-prompt' }];
    const answer = await gateway.ask({
      body: { model: 'echo', messages },
      headers: { 'x-request-id': 'one' },
    });
    await answer.text();
    await gateway.ask({ key: 'canary-key', headers: { 'x-request-id': 'two' } });
    await gateway.ask({ body: { model: 'fail:RPC_WORKER_BUSY', messages } });
    const broken = await gateway.ask({
      body: { model: 'fail-after:RPC_WORKER_LOST', messages, stream: true },
    });
    await broken.text();
    await gateway.ask({ body: { model: 'echo' } });
    const keeping = inProcessGateway({ observers: [audit.observe], keepsPrompts: true });
    await keeping.ask({ body: { model: 'echo', messages: [{ role: 'user', content: 'kept' }] } });
    expect(JSON.stringify([gateway.logLines, keeping.logLines])).not.toMatch(/canary|"kept"/);
  }
  const [first, ...others] = recordsOf(place, place.spool).filter(({ kind }) => kind === 'request');
  expect(first).toEqual({
    kind: 'request',
    requestId: 'one',
    startedUnixMs: expect.any(Number),
    endedUnixMs: expect.any(Number),
    method: 'POST',
    route: '/v1/chat/completions',
    keyId: 'first',
    model: 'echo',
    verdict: 'answered',
    status: 200,
    promptTokens: 5,
    completionTokens: 2,
    finishReason: 'stop',
    isStreaming: false,
  });
  expect(others).toMatchObject([
    { requestId: 'two', verdict: 'denied', status: 401, errorCode: 'GATEWAY_UNAUTHENTICATED' },
    { verdict: 'limited', status: 429 },
    { verdict: 'broken', status: 200, errorCode: 'RPC_WORKER_LOST', completionTokens: 1 },
    { verdict: 'refused', status: 400 },
    { verdict: 'answered', prompt: [{ role: 'user', content: 'kept' }] },
  ]);
  expect(JSON.stringify([first, ...others])).not.toContain('canary');
});

it.each([
  [200, undefined, 'answered'],
  [200, 'RPC_WORKER_LOST', 'broken'],
  [200, 'GATEWAY_CLIENT_LEFT', 'abandoned'],
  [400, 'GATEWAY_CLIENT_LEFT', 'abandoned'],
  [401, 'GATEWAY_UNAUTHENTICATED', 'denied'],
  [403, 'GATEWAY_MODEL_FORBIDDEN', 'denied'],
  [404, 'GATEWAY_ROUTE_UNKNOWN', 'refused'],
  [429, 'GATEWAY_RATE_LIMITED', 'limited'],
  [503, 'RPC_NO_WORKER', 'failed'],
])('calls status %s with %s %s', (status, errorCode, verdict) => {
  const record = endedRequest('a', { status, ...(errorCode === undefined ? {} : { errorCode }) });
  expect(auditEntryOf(record, 2).verdict).toBe(verdict);
});

it('signs in between, goes on in new files, and in the same chain after a restart', async () => {
  using place = auditPlace();
  for (let run = 0; run < 3; run += 1) {
    await using audit = await place.open({ limits: { checkpointEvery: 5, segmentBytesMax: 2000 } });
    for (let index = 0; index < 12; index += 1) {
      audit.observe(endedRequest(`${run}-${index}`));
      if (index % 4 === 3) await audit.trail.settled();
    }
  }
  const names = readdirSync(place.spool);
  expect(names.length).toBeGreaterThan(5);
  expect(new Set(names.map((name) => name.split('.')[0]))).toEqual(new Set(['gateway-0-00000000']));
  expect(await place.findings(place.spool)).toEqual([]);
  const records = recordsOf(place, place.spool);
  expect(records.filter(({ kind }) => kind === 'request')).toHaveLength(36);
  expect(records.filter(({ kind }) => kind === 'checkpoint').length).toBeGreaterThan(8);
  expect(records.filter(({ kind }) => kind === 'opened').map(({ wasClosed }) => wasClosed)).toEqual([
    undefined,
    true,
    true,
  ]);
});

/** What a gateway leaves that is killed: the file as it was at that moment. */
async function killed(place: AuditPlace): Promise<string> {
  const audit = await place.open();
  for (const id of ['a', 'b', 'c']) audit.observe(endedRequest(id));
  await audit.trail.settled();
  const [name = ''] = readdirSync(place.spool);
  const path = join(place.spool, name);
  const content = readFileSync(path);
  await audit[Symbol.asyncDispose]();
  writeFileSync(path, content);
  const sealed = path.replace('.open', '');
  if (existsSync(sealed)) truncateSync(sealed, 0);
  return path;
}

it.each([
  ['at the end of a line', 0, ''],
  ['in the middle of a line', 40, ''],
  ['before a line break', 1, ''],
  ['while a disk had not yet written what it promised', 40, '\0\0\0\0\0\0\n\0\0\0'],
  ['after garbage', 0, 'garbage\n'],
])('goes on after a crash %s, and says what was torn', async (_, cutBytes, added) => {
  using place = auditPlace();
  const path = await killed(place);
  const { length } = readFileSync(path);
  truncateSync(path, length - cutBytes);
  appendFileSync(path, added);
  const isTorn = cutBytes > 0 || added !== '';
  {
    await using audit = await place.open();
    audit.observe(endedRequest('d'));
  }
  expect(await place.findings(place.spool)).toEqual([]);
  const records = recordsOf(place, place.spool);
  const kept = cutBytes === 0 ? ['a', 'b', 'c'] : ['a', 'b'];
  expect(records.flatMap(({ requestId }) => requestId ?? [])).toEqual([...kept, 'd']);
  const opened = records.filter(({ kind }) => kind === 'opened')[1];
  expect(opened.wasClosed).toBe(false);
  if (isTorn)
    expect(opened.torn).toEqual({
      bytes: expect.any(Number),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  else expect(opened).not.toHaveProperty('torn');
});

it('ships what is sealed, keeps the newest to go on from, and removes what came before', async () => {
  using place = auditPlace();
  const config = { storeDirectory: place.store };
  for (let run = 0; run < 2; run += 1) {
    await using audit = await place.open({ config, limits: { segmentBytesMax: 500 } });
    for (let index = 0; index < 4; index += 1) {
      audit.observe(endedRequest(`${run}-${index}`));
      await audit.trail.settled();
    }
  }
  expect(readdirSync(place.spool).every((name) => name.endsWith('.shipped'))).toBe(true);
  expect(readdirSync(place.spool)).toHaveLength(1);
  expect(await place.findings(place.store)).toEqual([]);
  expect(recordsOf(place, place.store).filter(({ kind }) => kind === 'request')).toHaveLength(8);
});

it('seals by age, so that a quiet gateway ships too', async () => {
  using place = auditPlace();
  await using audit = await place.open({
    config: { storeDirectory: place.store },
    limits: { segmentMs: 20 },
  });
  audit.observe(endedRequest('a'));
  await vi.waitFor(() =>
    expect(recordsOf(place, place.store)).toContainEqual(expect.objectContaining({ requestId: 'a' })),
  );
});

it('keeps what a store does not take, and ships it when it does', async () => {
  using place = auditPlace();
  // A file stands where the directory would be.
  writeFileSync(place.store, '');
  const config = { storeDirectory: join(place.store, 'inside') };
  {
    await using audit = await place.open({ config, limits: { segmentBytesMax: 300 } });
    audit.observe(endedRequest('a'));
    await vi.waitFor(() => expect(audit.shipper?.failures).toBeGreaterThan(1));
    expect(audit.trail.isAccepting).toBe(true);
  }
  expect(place.warnings).toContainEqual(expect.objectContaining({ event: 'audit-unshipped' }));
  const other = join(place.spool, '..', 'other-store');
  {
    await using _audit = await place.open({ config: { storeDirectory: other } });
  }
  expect(await place.findings(other)).toEqual([]);
  expect(recordsOf(place, other)).toContainEqual(expect.objectContaining({ requestId: 'a' }));
});

it('never writes one segment over another, and takes the same one twice', async () => {
  using place = auditPlace();
  const store = createDirectoryStore(place.store);
  await store.put('a.jsonl', Buffer.from('one'));
  await store.put('a.jsonl', Buffer.from('one'));
  await expect(store.put('a.jsonl', Buffer.from('two'))).rejects.toMatchObject({
    code: 'GATEWAY_AUDIT_STORE_DIFFERS',
  });
  expect(readFileSync(join(place.store, 'a.jsonl'), 'utf8')).toBe('one');
});

/** A disk that writes a part of what it is given, and says that it is full. */
function fillingDisk() {
  const state = { isFull: false, isStuck: false };
  const openFile: OpenFile = async (path, flags, mode) => {
    const handle = await open(path, flags, mode);
    const write = handle.appendFile.bind(handle);
    const truncate = handle.truncate.bind(handle);
    handle.truncate = async (bytes) => {
      if (state.isStuck) throw Object.assign(new Error('canary'), { code: 'EIO' });
      return truncate(bytes);
    };
    handle.appendFile = async (data: Parameters<FileHandle['appendFile']>[0]) => {
      if (!state.isFull) return write(data);
      await write(Buffer.from(data.toString()).subarray(0, 100));
      throw Object.assign(new Error('canary'), { code: 'ENOSPC' });
    };
    return handle;
  };
  return { state, openFile };
}

it('refuses requests while the disk is full, loses no record, and leaves no torn line', async () => {
  using place = auditPlace();
  const { state, openFile } = fillingDisk();
  {
    await using audit = await place.open({ openFile });
    const gateway = inProcessGateway({ observers: [audit.observe], gate: audit.gate });
    expect((await gateway.ask()).status).toBe(200);
    await audit.trail.settled();
    state.isFull = true;
    // The one during which it becomes full is answered: it was let in before.
    expect((await gateway.ask()).status).toBe(200);
    await vi.waitFor(() => expect(audit.trail.isAccepting).toBe(false));
    const refused = await gateway.ask();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await refused.json()).toMatchObject({ error: { code: 'audit_unavailable' } });
    expect((await gateway.ask({ path: '/livez', method: 'GET' })).status).toBe(200);
    // It tries again all the while, so a look may fall between a write and its undoing.
    await vi.waitFor(async () =>
      expect(await place.findings(place.spool)).not.toContainEqual(expect.stringContaining('torn')),
    );
    state.isFull = false;
    await vi.waitFor(() => expect(audit.trail.isAccepting).toBe(true));
    expect((await gateway.ask()).status).toBe(200);
  }
  expect(await place.findings(place.spool)).toEqual([]);
  const requests = recordsOf(place, place.spool).filter(({ kind }) => kind === 'request');
  expect(requests.map(({ status }) => status)).toEqual([200, 200, 503, 200, 200]);
  expect(place.warnings).toMatchObject([{ event: 'audit-failed', foreignCode: 'ENOSPC' }]);
  expect(JSON.stringify(place.warnings)).not.toContain('canary');
});

it('cuts a torn line off before the next write, where the disk did not let it at once', async () => {
  using place = auditPlace();
  const { state, openFile } = fillingDisk();
  {
    await using audit = await place.open({ openFile });
    await audit.trail.settled();
    state.isFull = true;
    state.isStuck = true;
    audit.observe(endedRequest('a'));
    await vi.waitFor(() => expect(audit.trail.failures).toBeGreaterThan(1));
    expect(await place.findings(place.spool)).toContainEqual(expect.stringContaining('torn'));
    state.isFull = false;
    state.isStuck = false;
    await vi.waitFor(() => expect(audit.trail.isAccepting).toBe(true));
  }
  expect(await place.findings(place.spool)).toEqual([]);
  expect(recordsOf(place, place.spool)).toContainEqual(expect.objectContaining({ requestId: 'a' }));
});

it('goes on while the disk is full where it may, and the chain says how many records are missing', async () => {
  using place = auditPlace();
  const { state, openFile } = fillingDisk();
  {
    await using audit = await place.open({
      openFile,
      config: { onFailure: 'degrade' },
      limits: { pendingMax: 3 },
    });
    const gateway = inProcessGateway({ observers: [audit.observe], gate: audit.gate });
    await audit.trail.settled();
    state.isFull = true;
    for (let count = 0; count < 8; count += 1) expect((await gateway.ask()).status).toBe(200);
    expect(audit.trail.omitted).toBe(5);
    state.isFull = false;
    await vi.waitFor(() => expect(audit.trail.isAccepting).toBe(true));
  }
  expect(await place.findings(place.spool)).toEqual([]);
  const records = recordsOf(place, place.spool);
  expect(records.filter(({ kind }) => kind === 'request')).toHaveLength(3);
  expect(records).toContainEqual(expect.objectContaining({ kind: 'omitted', count: 5 }));
});

it('refuses when nothing has been shipped for so long that the spool is full', async () => {
  using place = auditPlace();
  await using audit = await place.open({ config: { spoolBytesMax: 3000 } });
  const gateway = inProcessGateway({ observers: [audit.observe], gate: audit.gate });
  await vi.waitFor(async () => expect((await gateway.ask()).status).toBe(503));
  expect(audit.spool.bytes).toBeLessThanOrEqual(3000);
  expect(await place.findings(place.spool)).toEqual(['0 and all after it are covered by no checkpoint']);
});

it('opens nothing with a key that is none', async () => {
  using place = auditPlace();
  writeFileSync(place.keyFile, 'canary');
  await expect(place.open()).rejects.toMatchObject({
    code: 'GATEWAY_AUDIT_INVALID',
    message: expect.not.stringContaining('canary'),
  });
  await expect(
    place.open({ config: { isSigned: false, spoolDirectory: place.keyFile } }),
  ).rejects.toMatchObject({
    code: 'GATEWAY_AUDIT_INVALID',
  });
});
