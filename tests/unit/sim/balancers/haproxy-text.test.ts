import { expect, test } from 'vitest';
import { locationText } from '../../../../sim/balancers/haproxy-text.ts';
import { findProgram } from '../../../../sim/balancers/runtime/find-programs.ts';
import { parseHealth } from '../../../../sim/balancers/target-health.ts';

test.each([
  [
    '#{protocol}://#{host}:#{port}/#{path}?#{query}',
    "'http://%[req.hdr(host),host_only]:8080/%[path,bytes(1)]?%[query]'",
  ],
  ['https://#{host}:443/a b', "'https://%[req.hdr(host),host_only]:443/a%%20b'"],
  ["https://x:443/it's%20#{other}", "'https://x:443/it%%27s%%20#%%7Bother%%7D'"],
])('writes the redirect %s', (location, text) => {
  expect(locationText(location, { protocol: 'http', port: 8080 })).toBe(text);
});

test.each([
  [
    '[WARNING]  (1) : Health check for server aws_lb_target_group.x:0/api-0:8080 failed, reason: Layer4 timeout, check duration: 1001ms, status: 0/1 DOWN.',
    { key: 'aws_lb_target_group.x:0/api-0:8080', health: { isUp: false, reason: 'Layer4 timeout' } },
  ],
  [
    '[WARNING]  (1) : Health check for server g:0/a-0:80 failed, reason: Layer7 wrong status, code: 500, info: "Internal, Server", check duration: 2ms, status: 0/1 DOWN.',
    { key: 'g:0/a-0:80', health: { isUp: false, reason: 'Layer7 wrong status 500' } },
  ],
  [
    '[WARNING]  (1) : Health check for server g:0/a-0:80 succeeded, reason: Layer7 check passed, code: 204, check duration: 2ms, status: 3/3 UP.',
    { key: 'g:0/a-0:80', health: { isUp: true, reason: 'Layer7 check passed 204' } },
  ],
  ['[NOTICE]   (1) : haproxy version is 2.6.12', undefined],
])('reads what HAProxy says of a target: %s', (line, report) => {
  expect(parseHealth(line)).toStrictEqual(report);
});

test('says which program is missing, what for, and how to get it', () => {
  expect(() => findProgram('haproxy', 'bin:.', { folders: [] })).toThrow(
    /^could not run the load balancers: haproxy is not on this machine; run: sudo apt-get install -y haproxy$/,
  );
  expect(() => findProgram('openssl', '', { folders: [] })).toThrow(
    /make a certificate .* apt-get install -y openssl$/,
  );
});
