import { expect, test } from 'vitest';
import { openMetadataService } from '../../../../sim/local-services/answer-metadata.ts';

const seconds = 'x-aws-ec2-metadata-token-ttl-seconds';
const header = 'x-aws-ec2-metadata-token';
const values = {
  'local-ipv4': '10.0.0.5',
  'placement/region': 'eu-west-1',
  'placement/availability-zone': 'a',
};

function service() {
  let nowMs = 0;
  const machine = { isEnabled: true, requiresToken: false, values };
  const { answer } = openMetadataService({
    machines: {
      '10.0.0.5': { ...machine, requiresToken: true, userData: '#!' },
      '10.0.0.6': machine,
      '10.0.0.7': { ...machine, isEnabled: false },
    },
    nowMs: () => nowMs,
  });
  return {
    ask: (path: string, { method = 'GET', from = '10.0.0.6', headers = {} } = {}) => {
      const { status, body } = answer({ method, path, from, headers });
      return status === 200 ? body : status;
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

test.each([
  ['/', 'latest'],
  ['/latest', 'meta-data'],
  ['/2021-03-23/', 'meta-data'],
  ['/latest/meta-data', 'local-ipv4\nplacement/'],
  ['/latest/meta-data/', 'local-ipv4\nplacement/'],
  ['/latest/meta-data/placement', 'availability-zone\nregion'],
  ['/latest/meta-data/placement/region', 'eu-west-1'],
  ['/latest/meta-data/place', 404],
  ['/latest/meta-data/iam/info', 404],
  ['/latest/meta-data/constructor', 404],
  ['/latest/user-data', 404],
  ['/later/meta-data/', 404],
  ['/latest/meta-database', 404],
])('without a token where none is needed, %s is %s', (path, expected) => {
  expect(service().ask(path)).toBe(expected);
});

test.each([
  ['1', 200],
  ['21600', 200],
  ['21601', 400],
  ['0', 400],
  ['1.5', 400],
  ['', 400],
  [undefined, 400],
])('a token for %s seconds: %i', (ttl, status) => {
  const headers = ttl === undefined ? {} : { [seconds]: ttl };
  const answer = service().ask('/latest/api/token', { method: 'PUT', headers });
  expect(typeof answer === 'string' ? 200 : answer).toBe(status);
});

test('a token opens for its machine alone, and until it ends', () => {
  const { ask, pass } = service();
  const put = { method: 'PUT', headers: { [seconds]: '60' } };
  const own = String(ask('/latest/api/token', { ...put, from: '10.0.0.5' }));
  const path = '/latest/user-data';
  const read = (from: string, token?: string) =>
    ask(path, { from, headers: token === undefined ? {} : { [header]: token } });
  expect(read('10.0.0.5', own)).toBe('#!');
  expect(read('10.0.0.5')).toBe(401);
  expect(read('10.0.0.5', 'guessed')).toBe(401);
  // Where none is needed a wrong one is still wrong.
  expect(read('10.0.0.6', own)).toBe(401);
  pass(59_999);
  expect(read('10.0.0.5', own)).toBe('#!');
  pass(1);
  expect(read('10.0.0.5', own)).toBe(401);
});

test('refuses other methods, proxies, machines that have it switched off, and whoever is no machine', () => {
  const { ask } = service();
  const put = { method: 'PUT', headers: { [seconds]: '60' } };
  expect(ask('/latest/meta-data/', { method: 'POST' })).toBe(405);
  expect(ask('/latest/api/token')).toBe(405);
  expect(
    ask('/latest/api/token', { ...put, headers: { ...put.headers, 'x-forwarded-for': '1.1.1.1' } }),
  ).toBe(403);
  expect(ask('/latest/meta-data/', { from: '10.0.0.7' })).toBe(403);
  expect(ask('/latest/api/token', { ...put, from: '10.0.0.7' })).toBe(403);
  expect(ask('/latest/meta-data/', { from: '10.0.0.8' })).toBe(404);
});

test('forgets the oldest of too many tokens', () => {
  const { ask } = service();
  const put = { method: 'PUT', headers: { [seconds]: '60' } };
  const issue = () => String(ask('/latest/api/token', put));
  const read = (token: string) => ask('/latest/meta-data/local-ipv4', { headers: { [header]: token } });
  const [first, second] = [issue(), issue()];
  for (let count = 2; count < 10_001; count++) issue();
  expect([read(first), read(second)]).toStrictEqual([401, '10.0.0.5']);
});
