import { expect, it } from 'vitest';
import { createMetrics } from '../../../../src/gateway/telemetry/metrics.ts';
import { inProcessAdministration } from './in-process-administration.ts';

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
