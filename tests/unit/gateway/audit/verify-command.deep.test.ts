import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { auditPlace, endedRequest, keyPair } from './audit-fixture.ts';

const command = fileURLToPath(new URL('../../../../bin/drydock.ts', import.meta.url));

function verify(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, 'audit', 'verify', ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

it('exits 0 on a log that is whole, 1 with the record on one that was changed, 2 where there is none', async () => {
  using place = auditPlace();
  {
    await using audit = await place.open();
    for (const id of ['a', 'b', 'c']) audit.observe(endedRequest(id));
  }
  const keyFile = join(place.spool, '..', 'public.pem');
  writeFileSync(keyFile, keyPair.publicKey.export({ type: 'spki', format: 'pem' }));
  const whole = verify(place.spool, '--key', keyFile);
  expect(whole).toMatchObject({ status: 0, stderr: '' });
  expect(whole.stdout).toMatch(
    /^✔ gateway-0-0+: 6 records, 0 findings\n {2}signed by key \w{16} through record 5\n$/,
  );
  const [name = ''] = readdirSync(place.spool);
  const path = join(place.spool, name);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"requestId":"b"', '"requestId":"x"'));
  const changed = verify(place.spool, '--key', keyFile);
  expect(changed.status).toBe(1);
  expect(changed.stdout).toContain('✗ record 2 was changed: its content does not have its hash');
  const json = verify(place.spool, '--json');
  expect([json.status, JSON.parse(json.stdout).findings[0].seq]).toEqual([1, 2]);
  const empty = join(place.spool, '..', 'empty');
  execFileSync('mkdir', [empty]);
  expect(verify(empty)).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/no segment in it/),
  });
  expect(verify(place.spool, '--key', path)).toMatchObject({ status: 2, stdout: '' });
});
