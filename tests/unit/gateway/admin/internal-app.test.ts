import { expect, it } from 'vitest';
import { createMetrics } from '../../../../src/gateway/telemetry/metrics.ts';
import { inProcessAdministration, keyEntry } from './in-process-administration.ts';

it('answers and tells an error on what is open to anybody as it does everywhere', async () => {
  const broken = { ...createMetrics([]), text: () => Promise.reject(new Error('canary: inside')) };
  const { ask, logLines } = inProcessAdministration({ metrics: broken });
  const answer = await ask('/metrics', { key: null });
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([500, 'no-store']);
  const text = await answer.text();
  expect(JSON.parse(text)).toMatchObject({ error: { code: expect.any(String) } });
  expect(`${text}${JSON.stringify(logLines)}`).not.toContain('canary');
  expect(logLines).toMatchObject([{ event: 'unexpected-error' }]);
});

it('records what administrators ask, and nobody who looks every few seconds', async () => {
  const { ask, logLines, recorded } = inProcessAdministration();
  for (const path of ['/livez', '/readyz', '/metrics'])
    expect((await ask(path, { key: null })).status).toBe(200);
  expect([recorded, logLines]).toEqual([[], []]);
  for (const key of ['root-key', null]) await ask('/admin/drain', { key });
  await ask('/metrics', { method: 'POST', key: null });
  expect(recorded.map(({ route, status }) => [route, status])).toEqual([
    ['/admin/drain', 200],
    ['unmatched', 401],
    ['unmatched', 401],
  ]);
  expect(logLines.filter(({ event }) => event === 'request')).toHaveLength(3);
});

it.each([
  ['nobody', null, 401],
  ['a wrong key', 'wrong-key', 401],
  ['an expired key', 'expired-key', 401],
  ['a disabled key', 'disabled-key', 401],
  ['a key that is no administrator’s', 'plain-key', 403],
  ['a key for the workers alone', 'reader-key', 403],
  ['a key for the drain alone', 'drainer-key', 202],
  ['an administrator', 'root-key', 202],
])('begins to drain for an administrator alone: %s', async (_title, key, status) => {
  let drains = 0;
  const { ask } = inProcessAdministration({
    drain() {
      drains += 1;
    },
    keys: JSON.stringify([
      keyEntry('root'),
      keyEntry('expired', { admin: true, expiresAt: '2026-01-01T00:00:00Z' }),
      keyEntry('disabled', { admin: true, disabled: true }),
      keyEntry('plain', {}),
      keyEntry('reader', { admin: true, routes: ['/admin/workers'] }),
      keyEntry('drainer', { admin: true, routes: ['/admin/drain'] }),
    ]),
  });
  expect((await ask('/admin/drain', { method: 'POST', key })).status).toBe(status);
  expect(drains).toBe(status === 202 ? 1 : 0);
  expect((await ask('/admin/drain', { method: 'DELETE', key })).status).toBe(status === 401 ? 401 : 405);
});
