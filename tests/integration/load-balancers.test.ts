/** Load balancers as real proxies in their own interfaces' namespaces: every request and health check is judged like any packet. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  type Balancers,
  openBalancers,
  planBalancers,
  readBalancerSettings,
  requireBalancerPrograms,
} from '../../sim/balancers/index.ts';
import { compileFabric } from '../../sim/compile/index.ts';
import { type StartedFabric, startFabric } from '../../sim/fabric/index.ts';
import { readTerraform } from '../../sim/terraform/index.ts';
import { buildVpcModel } from '../../sim/vpc/index.ts';
import { missing } from '../require.ts';
import { httpTarget } from '../support/http-target.ts';
import { type FabricRequest, requestThrough } from '../support/through-fabric.ts';
import { until } from '../support/until.ts';

const configuration = await readTerraform(
  fileURLToPath(new URL('../fixtures/load-balancers/main.tf.json', import.meta.url)),
);
const model = buildVpcModel(configuration);
const plan = planBalancers(model, readBalancerSettings(configuration));
const stack = new AsyncDisposableStack();
let fabric: StartedFabric;
let balancers: Balancers;

function interfaceOf(endpoint: string) {
  const found = model.interfaces.find((one) => one.endpoint === endpoint);
  if (found === undefined) throw new TypeError(`nobody is called ${endpoint}`);
  return found;
}

const canRun = hasPrograms();
function hasPrograms(): boolean {
  try {
    requireBalancerPrograms(plan);
    return true;
  } catch {
    return false;
  }
}
beforeEach((context) => {
  if (!canRun) missing(context, 'haproxy or openssl: apt-get install haproxy openssl');
});

beforeAll(async () => {
  if (!canRun) return;
  const folder = mkdtempSync(join(tmpdir(), 'drydock-balancers-'));
  stack.defer(() => rmSync(folder, { recursive: true }));
  balancers = openBalancers(plan, {
    logDirectory: folder,
    stateDirectory: folder,
    onEnded: () => undefined,
  });
  const ready = new Set<string>();
  fabric = stack.use(
    await startFabric(compileFabric(model), {
      onEvent(event) {
        if (!balancers.onEvent(event) && event.kind === 'machine-log') ready.add(event.id);
      },
      onLost: (error) => {
        throw error;
      },
    }),
  );
  const targets = ['api', 'pages', 'shut'].map((name) => interfaceOf(`aws_instance.${name}`));
  for (const { id, privateAddress } of targets) {
    await fabric.startMachine(
      httpTarget({ id, namespace: `eni-${id}`, address: privateAddress, port: 8080 }),
    );
  }
  await until(() => (ready.size === targets.length ? true : undefined), {
    what: 'all targets listen',
    budgetMs: 10_000,
  });
  await balancers.start(fabric);
});
afterAll(() => stack.disposeAsync());

function fromInternet(endpoint: string, asked: Partial<FabricRequest> = {}) {
  const { publicAddress } = interfaceOf(endpoint);
  if (publicAddress === undefined) throw new TypeError(`${endpoint} has no public address`);
  return requestThrough(fabric, { namespace: 'internet', address: publicAddress, port: 80, ...asked });
}

const visitor = '203.0.113.10';

test('forwards by path to the target group of the first rule that matches, and tells the target who asked', async () => {
  const toApi = JSON.parse((await fromInternet('aws_lb.web#0', { path: '/api/tea?cup=1' })).body);
  const toPages = JSON.parse((await fromInternet('aws_lb.web#1', { path: '/apis' })).body);
  expect([toApi.name, toPages.name]).toStrictEqual(['api-0', 'pages-0']);
  expect(toApi).toMatchObject({
    url: '/api/tea?cup=1',
    peer: interfaceOf('aws_lb.web#0').privateAddress,
    headers: { 'x-forwarded-for': visitor, 'x-forwarded-proto': 'http', 'x-forwarded-port': '80' },
  });
  expect(toPages.peer).toBe(interfaceOf('aws_lb.web#1').privateAddress);
});

test('puts the client behind what it wrote itself, and believes none of its other headers', async () => {
  const headers = { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https', 'x-forwarded-port': '1' };
  const { body } = await fromInternet('aws_lb.web#0', { headers });
  expect(JSON.parse(body).headers).toMatchObject({
    'x-forwarded-for': `192.0.2.1, ${visitor}`,
    'x-forwarded-proto': 'http',
    'x-forwarded-port': '80',
  });
});

test('answers by itself: a redirect with parts of the request, and a fixed response by host', async () => {
  const redirect = { port: 81, headers: { host: 'shop.example.net:81' } };
  const withQuery = await fromInternet('aws_lb.web#0', { ...redirect, path: '/a/b?c=d%20e' });
  const without = await fromInternet('aws_lb.web#0', { ...redirect, path: '/a/b' });
  expect([withQuery.status, withQuery.headers.location]).toStrictEqual([
    301,
    'https://shop.example.net:443/new/a/b?c=d%20e',
  ]);
  expect(without.headers.location).toBe('https://shop.example.net:443/new/a/b');
  const fixed = await fromInternet('aws_lb.web#0', { headers: { host: 'Www.Example.com' } });
  expect([fixed.status, fixed.headers['content-type'], fixed.body]).toStrictEqual([
    503,
    'text/html',
    '<b>100 % "closed"</b>\nfor today',
  ]);
});

test('never applies a rule whose condition is not simulated, and says so', async () => {
  const posted = await fromInternet('aws_lb.web#0', { method: 'POST' });
  expect([posted.status, JSON.parse(posted.body).name]).toStrictEqual([200, 'pages-0']);
  expect(plan.notSimulated).toContainEqual({
    address: 'aws_lb_listener_rule.posted',
    text: 'it never matches: its condition http_request_method is not simulated',
  });
});

test('marks a target down whose security group does not admit the balancer, and answers 503', async () => {
  const { status } = await fromInternet('aws_lb.web#0', { path: '/shut' });
  expect(status).toBe(503);
  const seen = balancers
    .states()
    .filter(({ process }) => process.address === 'aws_lb.web')
    .flatMap(({ targets }) => targets.map(({ endpoint, health }) => [endpoint, health] as const));
  const up = expect.objectContaining({ isUp: true });
  expect(Object.fromEntries(seen)).toStrictEqual({
    'aws_instance.api': up,
    'aws_instance.pages': up,
    'aws_instance.shut': expect.objectContaining({ isUp: false, reason: 'Layer4 timeout' }),
  });
});

test('ends TLS with a certificate of its own, and tells the target so', async () => {
  const { status, body } = await fromInternet('aws_lb.web#0', { port: 443, isEncrypted: true });
  expect(status).toBe(200);
  expect(JSON.parse(body).headers).toMatchObject({
    'x-forwarded-proto': 'https',
    'x-forwarded-port': '443',
  });
  await expect(fromInternet('aws_lb.web#0', { port: 443 })).rejects.toThrow(/socket hang up|ECONNRESET/);
});

test('a network balancer keeps to its zone, shows its own address to the target, and lists what it does not do', async () => {
  const inZone = await fromInternet('aws_lb.raw#0', { path: '/x' });
  expect(JSON.parse(inZone.body)).toMatchObject({
    name: 'api-0',
    peer: interfaceOf('aws_lb.raw#0').privateAddress,
  });
  expect(JSON.parse(inZone.body).headers).not.toHaveProperty('x-forwarded-for');
  // Its only target is in the other zone.
  await expect(fromInternet('aws_lb.raw#1')).rejects.toThrow(/socket hang up|ECONNRESET/);
  expect(plan.notSimulated.map(({ address }) => address)).toStrictEqual(
    expect.arrayContaining(['aws_lb_listener.datagrams', 'aws_lb_target_group.raw']),
  );
});

test('the internet reaches a balancer only where its security group admits it', async () => {
  const address = interfaceOf('aws_lb.web#0').publicAddress ?? '';
  const ports = [80, 81, 8080, 22];
  const outcomes = await fabric.probe({ namespace: 'internet', address, ports, timeoutMs: 400 });
  expect(outcomes).toStrictEqual(['open', 'open', 'silent', 'silent']);
});
