import { expect, test } from 'vitest';
import { egressRuleName, flows, ingressRuleName } from '../../../infra/flows.ts';
import { type Body, devConfiguration, expression, resources } from './configuration.ts';

const ingress = 'aws_vpc_security_group_ingress_rule';
const egress = 'aws_vpc_security_group_egress_rule';

const peerOf = (body: Body) => body.referenced_security_group_id ?? body.prefix_list_id ?? body.cidr_ipv4;
const rulesOf = (type: string) =>
  resources(devConfiguration(), type).map(([name, body]) => [
    name,
    body.security_group_id,
    peerOf(body),
    `${body.ip_protocol} ${body.from_port}-${body.to_port}`,
  ]);

const gateway = expression('aws_security_group.gateway.id');
const engine = expression('aws_security_group.engine.id');
const worker = expression('aws_security_group.worker.id');

// Written by hand, so that a wrong flow cannot agree with itself.
test('lets in what the design says and nothing else', () => {
  expect(rulesOf(ingress)).toEqual([
    ['engine_from_gateway_49136', engine, gateway, 'tcp 49136-49136'],
    ['engine_from_worker_49134', engine, worker, 'tcp 49134-49134'],
    ['gateway_from_internet_443', gateway, '0.0.0.0/0', 'tcp 443-443'],
  ]);
});

test('lets out what the design says and nothing else: engines dial nobody', () => {
  expect(rulesOf(egress)).toEqual([
    ['gateway_to_engine_49136', gateway, engine, 'tcp 49136-49136'],
    ['worker_to_engine_49134', worker, engine, 'tcp 49134-49134'],
    ['worker_to_s3_443', worker, expression('aws_vpc_endpoint.s3.prefix_list_id'), 'tcp 443-443'],
  ]);
});

test('admits the internet to exactly one group, on tcp/443 alone, over IPv4 alone', () => {
  const open = [ingress, egress].flatMap((type) =>
    resources(devConfiguration(), type).filter(([, body]) =>
      [body.cidr_ipv4, body.cidr_ipv6].some((cidr) => cidr !== undefined),
    ),
  );
  expect(open.map(([name]) => name)).toEqual(['gateway_from_internet_443']);
  expect(open[0]?.[1]).toMatchObject({
    ip_protocol: 'tcp',
    from_port: 443,
    to_port: 443,
    security_group_id: gateway,
  });
});

test('gives workers no ingress rule', () => {
  const admitted = resources(devConfiguration(), ingress).map(([, body]) => body.security_group_id);
  expect(admitted).toContain(engine);
  expect(admitted).not.toContain(worker);
});

test('gives every flow the rule of each side that is ours, and has no other rule', () => {
  const configuration = devConfiguration();
  const expected = {
    [ingress]: flows.filter(({ to }) => to !== 's3').map(ingressRuleName),
    [egress]: flows.filter(({ from }) => from !== 'internet').map(egressRuleName),
  };
  for (const [type, names] of Object.entries(expected)) {
    expect(resources(configuration, type).map(([name]) => name)).toEqual(names.toSorted());
  }
});

test('declares no flow twice', () => {
  const keys = flows.map(({ from, to, port }) => `${from} ${to} ${port}`);
  expect(new Set(keys).size).toBe(keys.length);
});

test('keeps rules out of the groups themselves, where they would fight with the standalone ones', () => {
  const groups = resources(devConfiguration(), 'aws_security_group');
  expect(groups.map(([name]) => name)).toEqual(['engine', 'gateway', 'worker']);
  for (const [, body] of groups) expect(Object.keys(body)).toEqual(['description', 'name', 'tags', 'vpc_id']);
});

test('describes every group and rule in characters that EC2 accepts', () => {
  const configuration = devConfiguration();
  for (const type of [ingress, egress, 'aws_security_group']) {
    for (const [name, body] of resources(configuration, type)) {
      expect(body.description, name).toMatch(/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{10,255}$/);
    }
  }
});
