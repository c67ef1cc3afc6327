/** Resolver and instance metadata, asked with real packets by machines whose groups and network ACL let nothing else out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encode, streamDecode, streamEncode } from 'dns-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileFabric } from '../../sim/compile/index.ts';
import { type StartedFabric, startFabric } from '../../sim/fabric/index.ts';
import {
  loadBalancerName,
  localServicesMachine,
  planLocalServices,
  readLocalServiceSettings,
  withLocalServices,
} from '../../sim/local-services/index.ts';
import { readTerraform } from '../../sim/terraform/index.ts';
import { buildVpcModel } from '../../sim/vpc/index.ts';
import { requestThrough, streamThrough } from '../support/through-fabric.ts';
import { until } from '../support/until.ts';

const configuration = await readTerraform(
  fileURLToPath(new URL('../fixtures/local-services/main.tf.json', import.meta.url)),
);
const model = buildVpcModel(configuration);
const compiled = withLocalServices(compileFabric(model));
const plan = planLocalServices(model, compiled, readLocalServiceSettings(configuration));
const node = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
const lines = new Map<string, string[]>();
const stack = new AsyncDisposableStack();
let fabric: StartedFabric;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-local-services-'));
  stack.defer(() => rmSync(folder, { recursive: true }));
  fabric = stack.use(
    await startFabric(compiled, {
      onEvent(event) {
        if (event.kind === 'machine-log') lines.set(event.id, [...(lines.get(event.id) ?? []), event.line]);
      },
      onLost: (error) => {
        throw error;
      },
    }),
  );
  for (const process of plan) {
    await fabric.startMachine(
      localServicesMachine(process, { logDirectory: folder, stateDirectory: folder }),
    );
  }
  await until(
    () => plan.every(({ id }) => lines.get(id)?.some((line) => line.includes('ready'))) || undefined,
    {
      what: 'local services are ready',
      budgetMs: 10_000,
    },
  );
});
afterAll(() => stack.disposeAsync());

function machine(address: string) {
  const found = model.instances.find((one) => one.address === address);
  if (found === undefined) throw new TypeError(`no machine is called ${address}`);
  return { id: found.id, namespace: `eni-${found.id}`, networkInterface: found.networkInterface };
}
const app = machine('aws_autoscaling_group.app');
const other = machine('aws_instance.other');
const quiet = machine('aws_instance.quiet');

const lookUp = `
const { Resolver } = require('node:dns').promises;
const questions = JSON.parse(process.env.QUESTIONS);
const ask = async ([server, type, name]) => {
  const resolver = new Resolver({ timeout: 300, tries: 1 });
  resolver.setServers([server]);
  return resolver.resolve(name, type).catch((error) => error.code);
};
Promise.all(questions.map(ask)).then((answers) => {
  const [{ mac }] = require('node:os').networkInterfaces().eth0;
  console.error(JSON.stringify({ answers, mac }));
});
`;
let runs = 0;

/** Runs the look-ups as a program of the machine; each is server, type, name. */
async function lookUpFrom(
  { namespace }: { readonly namespace: string },
  questions: readonly (readonly [server: string, type: string, name: string])[],
): Promise<{ readonly answers: readonly unknown[]; readonly mac: string }> {
  const id = `asker-${runs++}`;
  await fabric.startMachine({
    id,
    namespace,
    command: [node, '-e', lookUp],
    environment: { QUESTIONS: JSON.stringify(questions) },
    files: { 'node-id': id },
    mounts: [],
    hiddenFolders: [],
    logFile: '/dev/null',
  });
  const [line] = await until(() => lines.get(id), { what: `${id} looks names up`, budgetMs: 10_000 });
  return JSON.parse(line ?? '');
}

function metadata(
  { namespace }: { readonly namespace: string },
  path: string,
  options: { readonly method?: string; readonly headers?: Readonly<Record<string, string>> } = {},
) {
  return requestThrough(fabric, { namespace, address: '169.254.169.254', port: 80, path, ...options });
}

async function tokenOf(asker: { readonly namespace: string }): Promise<Readonly<Record<string, string>>> {
  const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': '60' };
  const { status, body } = await metadata(asker, '/latest/api/token', { method: 'PUT', headers });
  expect(status).toBe(200);
  return { 'x-aws-ec2-metadata-token': body };
}

const resolver = '10.0.0.2';
const hostName = (address: string) => `ip-${address.replaceAll('.', '-')}.eu-west-1.compute.internal`;

test('resolves the VPC’s names at both addresses, and tells what does not exist from what it does not ask', async () => {
  const address = app.networkInterface.privateAddress;
  const interfacesOf = (resource: string) =>
    model.interfaces.filter((one) => one.address === resource).map((one) => one.privateAddress);
  const balancer = model.loadBalancers[0];
  if (balancer === undefined) throw new TypeError('the fixture has a load balancer');
  const balancerName = loadBalancerName(balancer, { name: 'inner', region: 'eu-west-1' });
  const publicAddress = other.networkInterface.publicAddress ?? '';
  const rows = [
    [resolver, 'A', hostName(address), [address]],
    ['169.254.169.253', 'A', hostName(address).toUpperCase(), [address]],
    [resolver, 'PTR', `${address.split('.').reverse().join('.')}.in-addr.arpa`, [hostName(address)]],
    [resolver, 'AAAA', hostName(address), 'ENODATA'],
    [resolver, 'A', 'ip-10-0-0-250.eu-west-1.compute.internal', 'ENOTFOUND'],
    [resolver, 'PTR', '250.0.0.10.in-addr.arpa', 'ENOTFOUND'],
    [
      resolver,
      'A',
      `ec2-${publicAddress.replaceAll('.', '-')}.eu-west-1.compute.amazonaws.com`,
      [other.networkInterface.privateAddress],
    ],
    [resolver, 'A', 'secretsmanager.eu-west-1.amazonaws.com', interfacesOf('aws_vpc_endpoint.secrets')],
    [resolver, 'A', 'bucket.s3.eu-west-1.amazonaws.com', ['192.0.2.1']],
    [resolver, 'A', balancerName, interfacesOf('aws_lb.inner')],
    [resolver, 'A', 'logs.eu-west-1.amazonaws.com', 'EREFUSED'],
    [resolver, 'A', 'example.com', 'EREFUSED'],
    ['10.0.0.3', 'A', hostName(address), 'ECONNREFUSED'],
  ] as const;
  const { answers } = await lookUpFrom(
    app,
    rows.map(([server, type, name]) => [server, type, name]),
  );
  expect(rows.map(([, , name], index) => [name, answers[index]])).toStrictEqual(
    rows.map(([, , name, answer]) => [name, answer]),
  );
});

test('resolves over TCP as well, and ends a stream that is none', async () => {
  const { privateAddress } = other.networkInterface;
  const question = { type: 'A', name: hostName(privateAddress) } as const;
  const target = { namespace: app.namespace, address: resolver, port: 53 };
  const query = { type: 'query', id: 7, questions: [question] } as const;
  const answer = streamDecode(
    await streamThrough(fabric, target, streamEncode({ ...query, questions: [question] })),
  );
  expect(answer).toMatchObject({ id: 7, answers: [{ name: question.name, data: privateAddress }] });
  const tooLong = Buffer.concat([Buffer.from([0xff, 0xff]), encode({ ...query, questions: [question] })]);
  expect(await streamThrough(fabric, target, tooLong)).toHaveLength(0);
});

test('a VPC that has switched its resolver off gets no answer', async () => {
  const name = hostName(quiet.networkInterface.privateAddress);
  const { answers } = await lookUpFrom(quiet, [
    ['10.1.0.2', 'A', name],
    ['169.254.169.253', 'A', name],
  ]);
  expect(answers).toStrictEqual(['ECONNREFUSED', 'ECONNREFUSED']);
});

test('tells each machine of itself, and of its token only whoever got it', async () => {
  const [appToken, otherToken] = [await tokenOf(app), await tokenOf(other)];
  const path = '/latest/meta-data/local-ipv4';
  const answers = await Promise.all([
    metadata(app, path, { headers: appToken }),
    metadata(other, path, { headers: otherToken }),
    metadata(other, path),
    metadata(app, path),
    metadata(app, path, { headers: otherToken }),
    metadata(quiet, path),
  ]);
  expect(answers.map(({ status, body }) => [status, body])).toStrictEqual([
    [200, app.networkInterface.privateAddress],
    [200, other.networkInterface.privateAddress],
    [200, other.networkInterface.privateAddress],
    [401, 'Unauthorized'],
    [401, 'Unauthorized'],
    [403, 'Forbidden'],
  ]);
});

test('lists what it has: place, addresses, tags where they are shown, the machine’s own user data', async () => {
  const headers = await tokenOf(app);
  const read = async (path: string) => (await metadata(app, path, { headers })).body;
  expect((await read('/latest/meta-data/')).split('\n')).toStrictEqual([
    'hostname',
    'instance-id',
    'local-hostname',
    'local-ipv4',
    'mac',
    'placement/',
    'tags/',
  ]);
  expect(await read('/latest/meta-data/placement/availability-zone')).toBe('eu-west-1a');
  expect(await read('/latest/meta-data/tags/instance/Name')).toBe('app one');
  expect(await read('/latest/user-data')).toBe('#cloud-config\nruncmd: []\n');
  expect(await read('/latest/meta-data/instance-id')).toMatch(/^i-[0-9a-f]{17}$/);
  const { mac } = await lookUpFrom(app, []);
  expect(await read('/latest/meta-data/mac')).toBe(mac);
  expect((await metadata(app, '/latest/meta-data/iam/info', { headers })).status).toBe(404);
  expect((await metadata(other, '/latest/meta-data/tags/instance')).status).toBe(404);
  expect((await metadata(other, '/latest/meta-data/public-ipv4')).body).toBe(
    other.networkInterface.publicAddress,
  );
});

test('nobody outside of the VPC reaches them, not by peering either, and a machine reaches nothing else', async () => {
  const probe = (namespace: string, address: string) =>
    fabric.probe({ namespace, address, ports: [53, 80], timeoutMs: 400 });
  const outcomes = await Promise.all([
    probe(app.namespace, resolver),
    probe(app.namespace, '169.254.169.254'),
    probe('internet', resolver),
    probe('internet', '169.254.169.254'),
    probe(quiet.namespace, resolver),
    probe(app.namespace, other.networkInterface.privateAddress),
  ]);
  expect(outcomes).toStrictEqual([
    ['open', 'closed'],
    ['closed', 'open'],
    ['silent', 'silent'],
    ['silent', 'silent'],
    ['silent', 'silent'],
    ['silent', 'silent'],
  ]);
});
