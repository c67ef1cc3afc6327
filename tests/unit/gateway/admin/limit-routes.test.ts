import { expect, it } from 'vitest';
import { createInMemoryLimitStore } from '../../../../src/gateway/limits/limit-store.ts';
import { inProcessAdministration } from './in-process-administration.ts';

it('tells and sets limits of a caller though the store has no room for another', async () => {
  const { ask } = inProcessAdministration({
    store: createInMemoryLimitStore({ clock: { nowUnixMs: () => 0 }, callersMax: 0 }),
  });
  const limits = { requestsPerMinute: 3 };
  const set = await ask('/admin/limits/alice', { method: 'PUT', body: limits });
  expect([set.status, await set.json()]).toMatchObject([200, { policy: limits, isOverridden: true }]);
  expect((await ask('/admin/limits/alice')).status).toBe(200);
  const back = await ask('/admin/limits/alice', { method: 'DELETE' });
  expect([back.status, await back.json()]).toMatchObject([200, { policy: {}, isOverridden: false }]);
});
