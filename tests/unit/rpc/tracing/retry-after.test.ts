import { expect, it } from 'vitest';
import { retryAfterMs } from '../../../../src/rpc/tracing/retry-after.ts';

const nowUnixMs = Date.UTC(2026, 0, 1);

it.each([
  [null, 0],
  ['', 0],
  ['soon', 0],
  ['-1', 0],
  ['7', 7000],
  ['9999999999', 300_000],
  ['Thu, 01 Jan 2026 00:00:08 GMT', 8000],
  ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
])('reads %j as %s ms', (header, waitMs) => {
  expect(retryAfterMs(header, nowUnixMs)).toBe(waitMs);
});
