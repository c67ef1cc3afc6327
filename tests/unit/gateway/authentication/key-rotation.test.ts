/** Keys change under a running gateway: on a signal, and by themselves. */

import { createHash } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../../../support/until.ts';
import { runtimes, type ServingGateway, startGateway } from '../gateway-program.ts';

function keyFile(...keys: readonly string[]): string {
  return JSON.stringify(
    keys.map((key) => ({ id: key, sha256: createHash('sha256').update(key).digest('hex') })),
  );
}

function put({ runDirectory }: ServingGateway, text: string): void {
  const path = join(runDirectory, 'secrets', 'api-keys.json');
  writeFileSync(`${path}.next`, text);
  renameSync(`${path}.next`, path);
}

async function statusWith({ url }: ServingGateway, key: string): Promise<number> {
  const answer = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  await answer.text();
  return answer.status;
}

const files = { 'node-id': 'gateway-0', 'secrets/api-keys.json': keyFile('old') };

describe.concurrent.each(runtimes)('on %s', (runtime) => {
  it('takes a changed key file at SIGHUP, keeps the last good one, and drops what is gone', async () => {
    await using gateway = await startGateway({ runtime, files });
    put(gateway, keyFile('old', 'new'));
    gateway.child.kill('SIGHUP');
    await gateway.logLine('the reload', ({ event }) => event === 'file-reloaded');
    expect([await statusWith(gateway, 'old'), await statusWith(gateway, 'new')]).toEqual([200, 200]);

    put(gateway, '[{"id": "new", "sha256": "secret-canary');
    gateway.child.kill('SIGHUP');
    const refusal = await gateway.logLine('the refusal', ({ event }) => event === 'file-refused');
    expect(refusal).toMatchObject({ level: 40, file: 'secrets/api-keys.json', code: 'GATEWAY_KEYS_INVALID' });
    expect([await statusWith(gateway, 'old'), await statusWith(gateway, 'new')]).toEqual([200, 200]);
    expect(gateway.output().stderr).not.toContain('secret-canary');

    put(gateway, keyFile('new'));
    gateway.child.kill('SIGHUP');
    await until(async () => ((await statusWith(gateway, 'old')) === 401 ? true : undefined), {
      what: 'the end of the old key',
      budgetMs: 10_000,
    });
    expect(await statusWith(gateway, 'new')).toBe(200);
  });

  it('finds a changed key file by itself', async () => {
    await using gateway = await startGateway({ runtime, files });
    put(gateway, keyFile('new'));
    await gateway.logLine('the reload', ({ event }) => event === 'file-reloaded');
    expect([await statusWith(gateway, 'old'), await statusWith(gateway, 'new')]).toEqual([401, 200]);
  });
});
