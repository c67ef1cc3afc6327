import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { verifyDirectory } from '../../../../src/gateway/audit/runtime/verify-directory.ts';
import { nodeFiles, runtimes, startGateway } from '../gateway-program.ts';
import { postChat } from '../http-exchange.ts';
import { auditPlace, keyPair } from './audit-fixture.ts';

it.each(runtimes)('keeps a signed log across its end, and ships it, on %s', async (runtime) => {
  using place = auditPlace();
  await using gateway = await startGateway({
    runtime,
    files: { ...nodeFiles, 'secrets/audit-key.pem': readFileSync(place.keyFile, 'utf8') },
    environment: {
      DRYDOCK_AUDIT_SPOOL: place.spool,
      DRYDOCK_AUDIT_STORE: `file:${place.store}`,
      DRYDOCK_AUDIT_KEY: 'secretsmanager:audit-key',
      DRYDOCK_AUDIT_FSYNC: 'always',
    },
  });
  await (await postChat(gateway, { headers: { 'x-request-id': 'audited' } })).text();
  expect(await (await fetch(`${gateway.internalUrl}/metrics`)).text()).toContain('gateway_audit_accepting 1');
  gateway.child.kill('SIGTERM');
  expect(await gateway.exit).toEqual({ code: 0, signal: null });
  const [report] = await verifyDirectory(place.store, keyPair.publicKey);
  expect(report).toMatchObject({ findings: [], signedThrough: report?.lastSeq });
  const text = readdirSync(place.store).map((name) => readFileSync(join(place.store, name), 'utf8'));
  expect(text.join('')).toContain('"requestId":"audited"');
});
