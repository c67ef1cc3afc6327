import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { verifyDirectory } from '../../../../src/gateway/audit/runtime/verify-directory.ts';
import { startCollector } from '../../rpc/tracing/collector.ts';
import { nodeFiles, runtimes, startGateway } from '../gateway-program.ts';
import { postChat } from '../http-exchange.ts';
import { auditPlace, keyPair } from './audit-fixture.ts';

const adminKey = 'key-of-root';
const adminKeySha256 = createHash('sha256').update(adminKey).digest('hex');

it.each(runtimes)('keeps a signed log across its end, and ships it, on %s', async (runtime) => {
  using place = auditPlace();
  await using gateway = await startGateway({
    runtime,
    files: {
      ...nodeFiles,
      'secrets/audit-key.pem': readFileSync(place.keyFile, 'utf8'),
      'secrets/admin-keys.json': JSON.stringify([{ id: 'root', sha256: adminKeySha256, admin: true }]),
    },
    environment: {
      DRYDOCK_AUDIT_SPOOL: place.spool,
      DRYDOCK_AUDIT_STORE: `file:${place.store}`,
      DRYDOCK_AUDIT_KEY: 'secretsmanager:audit-key',
      DRYDOCK_AUDIT_FSYNC: 'always',
    },
  });
  await (await postChat(gateway, { headers: { 'x-request-id': 'audited' } })).text();
  expect(await (await fetch(`${gateway.internalUrl}/metrics`)).text()).toContain('gateway_audit_accepting 1');
  const shutOut = `${gateway.internalUrl}/admin/keys/second/disable`;
  for (const key of [adminKey, 'wrong']) {
    await fetch(shutOut, { method: 'POST', headers: { authorization: `Bearer ${key}` } });
  }
  gateway.child.kill('SIGTERM');
  expect(await gateway.exit).toEqual({ code: 0, signal: null });
  const [report] = await verifyDirectory(place.store, keyPair.publicKey);
  expect(report).toMatchObject({ findings: [], signedThrough: report?.lastSeq });
  const text = readdirSync(place.store).map((name) => readFileSync(join(place.store, name), 'utf8'));
  const records = text
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).record);
  expect(records).toContainEqual(expect.objectContaining({ requestId: 'audited', keyId: 'first' }));
  const route = '/admin/keys/:caller/disable';
  expect(records).toContainEqual(
    expect.objectContaining({ route, keyId: 'root', subject: 'second', verdict: 'answered' }),
  );
  expect(records).toContainEqual(expect.objectContaining({ verdict: 'denied', status: 401 }));
});

it.each(runtimes)('closes its log though the collector of traces never answers, on %s', async (runtime) => {
  using place = auditPlace();
  await using collector = await startCollector();
  collector.answerWith('never');
  await using gateway = await startGateway({
    runtime,
    environment: { DRYDOCK_AUDIT_SPOOL: place.spool, DRYDOCK_TRACES_URL: collector.url },
  });
  await (await postChat(gateway)).text();
  gateway.child.kill('SIGTERM');
  expect(await gateway.exit).toEqual({ code: 0, signal: null });
  expect(collector.tries).toBeGreaterThan(0);
  const [report] = await verifyDirectory(place.spool);
  expect(report?.findings).toEqual([]);
  const lines = Object.values(place.lines(place.spool)).flat();
  expect(lines.slice(-2).map((line) => JSON.parse(line).record.kind)).toEqual(['closed', 'checkpoint']);
});
