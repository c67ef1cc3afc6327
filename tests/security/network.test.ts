/**
 * The reference deployment, judged with real packets while its real programs run: every machine to every machine and
 * every port that matters. The table is complete: a machine of a new kind without a row fails.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusals } from '../../sim/explain/index.ts';
import { ports } from '../../src/rpc/contract/ports.ts';
import { startTestedDeployment, type TestedDeployment } from '../support/tested-deployment.ts';

let deployment: TestedDeployment;
beforeAll(async () => {
  deployment = await startTestedDeployment('tiny');
}, 60_000);
afterAll(() => deployment[Symbol.asyncDispose]());

type Kind = 'internet' | 'gateway' | 'engine' | 'worker';

/** What may be dialled, by (source, destination): all else is silence. */
const allowed: Readonly<Record<Kind, Readonly<Partial<Record<Kind, readonly number[]>>>>> = {
  internet: { gateway: [ports.gateway] },
  gateway: { engine: [ports.engineForGateways] },
  worker: { engine: [ports.engineForWorkers] },
  engine: {},
};

const probedPorts = [
  1, 22, 80, 443, 444, 1023, 1024, 8080, 8443, 9464, 32_768, 49_133, 49_134, 49_135, 49_136, 49_137, 61_000,
  65_535,
];

function kindOf(id: string): Kind {
  const kind = id.replace(/-\d+$/, '');
  if (kind === 'gateway' || kind === 'engine' || kind === 'worker') return kind;
  throw new Error(`${id} is of a kind without a row in this table`);
}

function machines() {
  return deployment.plan.fabric.nodes;
}

test('has a machine of every kind, two of those that must survive a loss', () => {
  const kinds = machines()
    .map(({ id }) => kindOf(id))
    .sort();
  expect(kinds).toStrictEqual(['engine', 'engine', 'gateway', 'worker', 'worker']);
  const zones = (kind: Kind) =>
    new Set(
      deployment.plan.nodes.filter(({ program }) => program === kind).map((node) => node.availabilityZone),
    );
  expect(zones('engine').size).toBe(2);
  expect(zones('worker').size).toBe(2);
});

test('lets machines reach each other exactly where a flow is declared, on every probed port', async () => {
  const pairs = machines().flatMap((source) =>
    machines().flatMap((target) => (source.id === target.id ? [] : [{ source, target }])),
  );
  expect(pairs).toHaveLength(20);
  await Promise.all(
    pairs.map(async ({ source, target }) => {
      const outcomes = await deployment.probe(source.id, {
        address: target.privateAddress,
        ports: probedPorts,
      });
      // Open: the program itself has answered. A machine that merely refuses would not serve the flow.
      expect(outcomes.filter((outcome) => outcome !== 'open' && outcome !== 'silent')).toStrictEqual([]);
      const open = probedPorts.filter((_, index) => outcomes[index] === 'open');
      const expected = (allowed[kindOf(source.id)][kindOf(target.id)] ?? []).filter((port) =>
        probedPorts.includes(port),
      );
      expect({ from: source.id, to: target.id, open }).toStrictEqual({
        from: source.id,
        to: target.id,
        open: expected,
      });
    }),
  );
});

test('lets the internet reach the gateway on 443 and nothing else of anything', async () => {
  const { address } = deployment.plan.fabric.internet;
  await Promise.all(
    machines().map(async ({ id, privateAddress, publicAddress }) => {
      const silence = new Set(['silent']);
      const inside = await deployment.probe('internet', { address: privateAddress, ports: probedPorts });
      expect({ to: id, inside: new Set(inside) }).toStrictEqual({ to: id, inside: silence });
      // And no machine reaches the internet of its own accord.
      const home = await deployment.probe(id, { address, ports: probedPorts });
      expect({ from: id, home: new Set(home) }).toStrictEqual({ from: id, home: silence });
      if (publicAddress === undefined) return;
      const outside = await deployment.probe('internet', { address: publicAddress, ports: probedPorts });
      expect(new Set(outside)).toStrictEqual(new Set(['open', 'silent']));
      const open = probedPorts.filter((_, index) => outside[index] === 'open');
      expect({ to: id, open }).toStrictEqual({ to: id, open: [ports.gateway] });
    }),
  );
  // A public address belongs to gateways alone.
  expect(
    machines()
      .filter(({ publicAddress }) => publicAddress)
      .map(({ id }) => kindOf(id)),
  ).toStrictEqual(['gateway']);
});

const address = (id: string) => machines().find((machine) => machine.id === id)?.privateAddress ?? '';
const publicAddress = (id: string) => machines().find((machine) => machine.id === id)?.publicAddress ?? '';

const reasons = [
  { from: 'internet', to: () => publicAddress('gateway-0'), port: 22, by: 'aws_network_acl.public' },
  { from: 'internet', to: () => address('engine-0'), port: 49_136, by: 'aws_internet_gateway.main' },
  { from: 'internet', to: () => address('worker-0'), port: 443, by: 'aws_internet_gateway.main' },
  { from: 'gateway-0', to: () => address('worker-0'), port: 443, by: 'aws_security_group.gateway' },
  { from: 'gateway-0', to: () => address('engine-0'), port: 49_134, by: 'aws_security_group.gateway' },
  { from: 'worker-0', to: () => address('engine-0'), port: 49_136, by: 'aws_security_group.worker' },
  { from: 'worker-0', to: () => address('worker-1'), port: 443, by: 'aws_security_group.worker' },
  { from: 'worker-0', to: () => '203.0.113.10', port: 443, by: 'aws_security_group.worker' },
  { from: 'worker-0', to: () => '192.0.2.1', port: 80, by: 'aws_security_group.worker' },
  { from: 'engine-0', to: () => address('worker-0'), port: 443, by: 'aws_security_group.engine' },
];

test.each(reasons)('names $by when $from is refused on port $port', async ({ from, to, port, by }) => {
  const { result, moved } = await deployment.watchRules(() =>
    deployment.probe(from, { address: to(), ports: [port] }),
  );
  expect(result).toStrictEqual(['silent']);
  expect(refusals(moved).map((refusal) => refusal.address)).toStrictEqual([by]);
});

test('lets a worker reach S3 behind its endpoint, and by nothing but the endpoint', async () => {
  const { result, moved } = await deployment.watchRules(() =>
    deployment.probe('worker-0', { address: '192.0.2.1', ports: [443] }),
  );
  // Nothing serves S3 there yet: the endpoint's own kernel refuses, so the packet and its answer have passed.
  expect(result).toStrictEqual(['closed']);
  expect(refusals(moved)).toStrictEqual([]);
  expect(
    moved.filter(({ layer }) => layer === 'gateway-endpoint').map(({ address }) => address),
  ).toStrictEqual(['aws_vpc_endpoint.s3']);
});
