import { expect, test } from 'vitest';
import { parseUpstreamAddress } from '../../../../src/worker/upstream/upstream-address.ts';
import { thrown } from '../thrown.ts';

test.each<[string, readonly string[], number, string]>([
  ['http://127.0.0.1:8000', ['127.0.0.1'], 8000, ''],
  ['http://127.9.8.7:8000/', ['127.9.8.7'], 8000, ''],
  ['http://127.1:8000', ['127.0.0.1'], 8000, ''],
  ['http://[::1]:8080/v1', ['::1'], 8080, ''],
  ['http://localhost/engine/v1/', ['127.0.0.1', '::1'], 80, '/engine'],
])('takes %s', (baseUrl, hosts, port, base) => {
  expect(parseUpstreamAddress(baseUrl)).toEqual({ kind: 'port', hosts, port, base });
});

test('takes the path of a socket', () => {
  expect(parseUpstreamAddress('unix:/run/engine.sock')).toEqual({ kind: 'socket', path: '/run/engine.sock' });
});

test.each<[string, RegExp]>([
  ['http://10.0.0.1:8000', /is not on this host/],
  ['http://128.0.0.1:8000', /is not on this host/],
  ['http://0.0.0.0:8000', /is not on this host/],
  ['http://[::ffff:10.0.0.1]:8000', /is not on this host/],
  ['http://localhost.example:8000', /is not on this host/],
  ['http://127.0.0.1.example:8000', /is not on this host/],
  ['http://169.254.169.254/', /is not on this host/],
  ['https://127.0.0.1:8000', /is not plain HTTP/],
  ['file:///etc/passwd', /is not plain HTTP/],
  ['http://me:xyzzy@127.0.0.1:8000', /holds a password/],
  ['http://127.0.0.1:8000/?a=b', /has a query/],
  ['127.0.0.1:8000', /it is no URL/],
  ['unix:engine.sock', /is not the path of a socket/],
  [`unix:/${'a'.repeat(107)}`, /is not the path of a socket/],
])('refuses %s', (baseUrl, reason) => {
  const error = thrown(() => parseUpstreamAddress(baseUrl));
  expect(error.code).toBe('WORKER_CONFIG_INVALID');
  expect(error.message).toMatch(reason);
  expect(error.message).not.toContain('xyzzy');
});
