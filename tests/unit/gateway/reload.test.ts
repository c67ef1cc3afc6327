/** Settings change under a running gateway: all of them at once or none, on a signal, by themselves, or when an administrator asks. */

import { createHash } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { authorization, nodeFiles, runtimes, type ServingGateway, startGateway } from './gateway-program.ts';
import { greeting, postChat } from './http-exchange.ts';

function entry(id: string, more: object = {}) {
  return { id, sha256: createHash('sha256').update(`${id}-key`).digest('hex'), ...more };
}

const files = {
  ...nodeFiles,
  'limits.json': '{}',
  'secrets/admin-keys.json': JSON.stringify([entry('root', { admin: true })]),
};

function put({ runDirectory }: ServingGateway, name: string, content: unknown): void {
  const path = join(runDirectory, name);
  writeFileSync(`${path}.next`, typeof content === 'string' ? content : JSON.stringify(content));
  renameSync(`${path}.next`, path);
}

function reload({ internalUrl }: ServingGateway): Promise<Response> {
  const headers = { authorization: 'Bearer root-key' };
  return fetch(`${internalUrl}/admin/reload`, { method: 'POST', headers });
}

/** Who looks now and then may have been faster. */
async function reloaded(gateway: ServingGateway, ...files: readonly string[]): Promise<void> {
  const { outcome } = z.object({ outcome: z.string() }).parse(await (await reload(gateway)).json());
  expect(['reloaded', 'unchanged']).toContain(outcome);
  await gateway.logLine('the reload', (line) => String(line.files) === String(files));
}

async function refused(gateway: ServingGateway, refusal: object): Promise<void> {
  const answer = await reload(gateway);
  expect([answer.status, await answer.json()]).toMatchObject([409, { outcome: 'refused', ...refusal }]);
}

async function statusOf({ url }: ServingGateway, headers: Record<string, string> = { authorization }) {
  const answer = await fetch(`${url}/v1/models`, { headers });
  await answer.text();
  return answer.status;
}

describe.concurrent.each(runtimes)('on %s', (runtime) => {
  it('takes limits, keys and addresses anew at SIGHUP, while a stream goes on', async () => {
    await using gateway = await startGateway({ runtime, files });
    const stream = await postChat(gateway, { body: { ...greeting, model: 'paused:1500', stream: true } });
    expect((await postChat(gateway)).status).toBe(200);
    put(gateway, 'limits.json', { default: { requestsPerMinute: 1 } });
    put(gateway, 'secrets/api-keys.json', [
      ...JSON.parse(nodeFiles['secrets/api-keys.json'] ?? ''),
      entry('new'),
    ]);
    put(gateway, 'access.json', { DRYDOCK_ALLOWED_ADDRESSES: '127.0.0.0/8' });
    gateway.child.kill('SIGHUP');
    const line = await gateway.logLine('the reload', ({ event }) => event === 'file-reloaded');
    expect(line.files).toEqual(['access.json', 'limits.json', 'secrets/api-keys.json']);
    expect(await statusOf(gateway, { authorization: 'Bearer new-key' })).toBe(200);
    const statuses = [(await postChat(gateway)).status, (await postChat(gateway)).status];
    expect(statuses).toEqual([200, 429]);
    put(gateway, 'access.json', { DRYDOCK_ALLOWED_ADDRESSES: '198.51.100.0/24' });
    await reloaded(gateway, 'access.json');
    expect(await statusOf(gateway)).toBe(403);
    expect((await stream.text()).endsWith('data: [DONE]\n\n')).toBe(true);
    expect(await (await reload(gateway)).json()).toEqual({ outcome: 'unchanged' });
  });

  it('changes nothing where one file of several cannot be used, and says which in one line', async () => {
    await using gateway = await startGateway({ runtime, files });
    put(gateway, 'limits.json', '{"default": {"requestsPerMinute": "secret-canary"}}');
    put(gateway, 'secrets/api-keys.json', [entry('new')]);
    const refusal = { file: 'limits.json', code: 'GATEWAY_LIMITS_INVALID' };
    await refused(gateway, refusal);
    await gateway.logLine('the refusal', ({ event }) => event === 'file-refused');
    const told = gateway.logLines.filter(({ event }) => String(event).startsWith('file-'));
    // Another one of the look that happens now and then.
    expect([1, 2]).toContain(told.length);
    for (const line of told) expect(line).toMatchObject({ level: 40, event: 'file-refused', ...refusal });
    expect(await statusOf(gateway)).toBe(200);
    expect(await statusOf(gateway, { authorization: 'Bearer new-key' })).toBe(401);
    put(gateway, 'limits.json', '{}');
    await reloaded(gateway, 'secrets/api-keys.json');
    expect(await statusOf(gateway)).toBe(401);
    expect(await statusOf(gateway, { authorization: 'Bearer new-key' })).toBe(200);
    expect(gateway.output().stderr).not.toContain('secret-canary');
  });

  it('asks for other credentials from now on, and not before what they need is there', async () => {
    await using gateway = await startGateway({ runtime, files });
    put(gateway, 'access.json', { DRYDOCK_AUTH: 'signature' });
    await refused(gateway, { file: 'secrets/signature-keys.json', code: 'GATEWAY_CONFIG_INVALID' });
    expect(await statusOf(gateway)).toBe(200);
    const key = { kty: 'oct', k: Buffer.alloc(32, 1).toString('base64url') };
    put(gateway, 'secrets/signature-keys.json', [{ id: 'signer', algorithm: 'hmac-sha256', key }]);
    await reloaded(gateway, 'access.json', 'secrets/signature-keys.json');
    expect(await statusOf(gateway)).toBe(401);
    const challenge = await fetch(`${gateway.url}/v1/models`);
    expect(challenge.headers.get('www-authenticate')).toBe('Signature');
  });

  it.each([
    ['is no policy', { DRYDOCK_AUTH: 'none' }],
    ['lacks what it needs', { DRYDOCK_AUTH: 'jwt' }],
    ['is decided at the start', { DRYDOCK_TLS: 'on' }],
    ['has another name', { DRYDOCK_ALLOWED_ADDRESS: '127.0.0.1' }],
    ['is no object', []],
  ])('refuses an access that %s', async (_title, access) => {
    await using gateway = await startGateway({ runtime, files });
    put(gateway, 'access.json', access);
    await refused(gateway, { file: 'access.json' });
    expect(await statusOf(gateway)).toBe(200);
  });

  it('lifts no limit and lets nobody in because a file is gone', async () => {
    await using gateway = await startGateway({
      runtime,
      files: { ...files, 'limits.json': '{"default": {"requestsPerMinute": 1}}' },
    });
    rmSync(join(gateway.runDirectory, 'limits.json'));
    await refused(gateway, { file: 'limits.json' });
    expect([(await postChat(gateway)).status, (await postChat(gateway)).status]).toEqual([200, 429]);
  });
});
