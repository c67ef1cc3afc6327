import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  proxiedNodes,
  proxyMachines,
  requireProxyPrograms,
} from '../../../../sim/deployment/engine-proxies.ts';
import { type DeploymentPlan, planDeployment } from '../../../../sim/deployment/index.ts';

let prod: DeploymentPlan;
beforeAll(async () => {
  prod = await planDeployment(
    fileURLToPath(new URL('../../../../infra/synth/prod/main.tf.json', import.meta.url)),
  );
});

/** A folder in which there are these programs, and no others anywhere. */
function only(...names: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-programs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of names) writeFileSync(join(folder, name), '', { mode: 0o755 });
  return { folder, search: { pathVariable: folder, folders: [] } };
}

const standIns = {
  ...{ modelDirectory: '/model', cacheDirectory: '/cache', apiKeysJson: '[]' },
  ...{ credentialsDirectory: '/credentials', logDirectory: '/logs', stateDirectory: '/state' },
  certificates: { authority: () => 'authority', of: (address: string) => `certificate of ${address}` },
};

const without = (id: string): DeploymentPlan => ({
  ...prod,
  fabric: { ...prod.fabric, nodes: prod.fabric.nodes.filter((place) => place.id !== id) },
});

test('each engine of prod has one, at its own address, and nothing else has', () => {
  const engines = prod.nodes.filter(({ program }) => program === 'engine').map(({ id }) => id);
  expect(engines).toHaveLength(3);
  const found = proxiedNodes(prod);
  expect(found.map(({ id }) => id)).toStrictEqual(engines);
  expect(found.map(({ proxyId }) => proxyId)).toStrictEqual(engines.map((id) => `${id}-proxy`));
  for (const { id, address, namespace } of found)
    expect(prod.fabric.nodes).toContainEqual(
      expect.objectContaining({ id, privateAddress: address, namespace }),
    );
});

test('one without a place in the fabric is a mistake, and not left out', () => {
  const { search } = only('haproxy');
  const [first] = proxiedNodes(prod);
  if (first === undefined) throw new TypeError('prod has proxies');
  expect(() => proxiedNodes(without(first.id))).toThrow(
    new TypeError(`the fabric has no place for ${first.proxyId}`),
  );
  expect(() => proxyMachines(without(first.id), { ...standIns, search })).toThrow(TypeError);
  // A node without a proxy needs none here.
  const gateway = prod.nodes.find(({ program }) => program === 'gateway');
  expect(proxiedNodes(without(gateway?.id ?? ''))).toHaveLength(3);
});

test('a proxy gets its configuration and the certificate of its address, in the network of its engine', () => {
  const { folder, search } = only('haproxy');
  const machines = proxyMachines(prod, { ...standIns, search });
  expect(machines).toHaveLength(3);
  for (const [index, { node, proxyId, address, namespace }] of proxiedNodes(prod).entries())
    expect(machines[index]).toMatchObject({
      ...{ id: proxyId, namespace, logFile: `/logs/${proxyId}.log` },
      command: expect.arrayContaining([join(folder, 'haproxy')]),
      files: {
        'haproxy.cfg': node.proxyConfiguration,
        'proxy/engine.pem': `certificate of ${address}`,
      },
    });
});

test.each([
  { there: [], missing: 'haproxy' },
  { there: ['openssl'], missing: 'haproxy' },
  { there: ['haproxy'], missing: 'openssl' },
])('with $there alone, $missing is asked for', ({ there, missing }) => {
  expect(() => requireProxyPrograms(prod, only(...there).search)).toThrow(
    expect.objectContaining({ code: 'SIM_TOOL_MISSING', details: { missing: [missing] } }),
  );
});

test('both are enough, and a plan without proxies asks for none', () => {
  requireProxyPrograms(prod, only('haproxy', 'openssl').search);
  const gateways = { ...prod, nodes: prod.nodes.filter(({ program }) => program !== 'engine') };
  requireProxyPrograms(gateways, only().search);
  expect(proxyMachines(gateways, { ...standIns, search: only().search })).toStrictEqual([]);
});
