/** `verify` and `policy init` on files: our own synthesis and its policy, exit codes, where output goes, what is not written over. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { runPolicyInit, runVerify, type VerifyOptions } from '../../../../sim/verify/index.ts';
import { type Report, reportSchema } from '../../../../sim/verify/report.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const synthesis = join(root, 'infra/synth/dev/main.tf.json');
const ownPolicy = join(root, 'infra/drydock.policy.yaml');

async function run(options: Partial<VerifyOptions>): Promise<{ code: number; printed: string }> {
  let printed = '';
  const print = (text: string) => {
    printed += text;
  };
  const code = await runVerify({
    variables: {},
    variableFiles: [],
    format: 'text',
    isEnforced: false,
    print,
    ...options,
  });
  return { code, printed };
}

async function reportOf(options: Partial<VerifyOptions>): Promise<Report> {
  return reportSchema.parse(JSON.parse((await run({ ...options, format: 'json' })).printed));
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'drydock-verify-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

interface Synthesis {
  readonly resource: Record<string, Record<string, Record<string, unknown>>>;
}

/** Our synthesis with one thing changed, in a folder of its own. */
function changed(change: (resource: Synthesis['resource']) => void): string {
  const configuration = JSON.parse(readFileSync(synthesis, 'utf8')) as Synthesis;
  change(configuration.resource);
  const file = join(folder(), 'main.tf.json');
  writeFileSync(file, JSON.stringify(configuration, null, 2));
  return file;
}

test.each(['dev', 'prod'])('finds that our own synthesis holds our policy: %s', async (environment) => {
  const report = await reportOf({ path: join(root, 'infra/synth', environment, 'main.tf.json') });
  expect(report.policy).toBe('infra/drydock.policy.yaml');
  expect(report.findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
  expect(report.unknown).toEqual([]);
  expect(report.verdict).toBe('holds');
});

test('verifies our own synthesis where no path is given, and prints what docs/verify.md shows', async () => {
  const { code, printed } = await run({});
  const document = readFileSync(join(root, 'docs/verify.md'), 'utf8');
  expect(code).toBe(0);
  expect(document).toContain(`\`\`\`text\n${printed}\`\`\``);
});

const ruleTypes = ['aws_vpc_security_group_ingress_rule', 'aws_vpc_security_group_egress_rule'];
const rules = Object.entries((JSON.parse(readFileSync(synthesis, 'utf8')) as Synthesis).resource).flatMap(
  ([type, own]) => (ruleTypes.includes(type) ? Object.keys(own).map((name) => ({ type, name })) : []),
);

test('demands every flow that infra declares: no rule of a security group can be taken away', async () => {
  for (const { type, name } of rules) {
    const path = changed((resource) => delete resource[type]?.[name]);
    const report = await reportOf({ path, policyFile: ownPolicy });
    expect(
      report.findings.map(({ id }) => id),
      name,
    ).toContain('declared-flow-broken');
    expect(report.verdict).toBe('violated');
  }
  expect(rules.length).toBeGreaterThan(5);
});

test.each([
  ['SSH for the world at the gateways', 'gateway', 22, ['undeclared-opening', 'rule-never-matches']],
  ['the world at the workers', 'worker', 443, ['undeclared-opening']],
])('is violated by a rule more: %s', async (_, group, port, ids) => {
  const path = changed((resource) => {
    const added = {
      security_group_id: `\${aws_security_group.${group}.id}`,
      cidr_ipv4: '0.0.0.0/0',
      ip_protocol: 'tcp',
      from_port: port,
      to_port: port,
    };
    Object.assign(resource.aws_vpc_security_group_ingress_rule ?? {}, { added });
  });
  const report = await reportOf({ path, policyFile: ownPolicy });
  const added = report.findings.filter(
    ({ address, severity }) => address.endsWith('.added') && severity === 'error',
  );
  expect(added.map(({ id }) => id)).toEqual(ids);
  expect(added.every(({ file, line }) => file === path && line !== null && line > 1)).toBe(true);
});

test('writes the output to a file, and prints the verdict alone', async () => {
  const output = join(folder(), 'report.sarif');
  const { code, printed } = await run({ path: synthesis, format: 'sarif', output });
  expect({ code, printed }).toEqual({
    code: 0,
    printed: 'Holds: the network is what infra/drydock.policy.yaml says.\n',
  });
  expect(JSON.parse(readFileSync(output, 'utf8')).version).toBe('2.1.0');
});

test.each<[string, Partial<VerifyOptions>, string]>([
  ['a network that is not there', { path: 'no/such/place' }, 'no/such/place'],
  [
    'a policy that is not there',
    { path: synthesis, policyFile: 'no/such.yaml' },
    'could not read the policy no/such.yaml: there is no such file',
  ],
  [
    'an output that cannot be written',
    { path: synthesis, output: 'no/such/folder/x' },
    'could not write no/such/folder/x: ENOENT',
  ],
])('says what cannot be read or written: %s', async (_, options, message) => {
  await expect(run(options)).rejects.toThrow(message);
});

test('takes the policy beside the configuration, and builtin where there is none', async () => {
  const path = changed(() => undefined);
  expect((await reportOf({ path })).policy).toBe('builtin');
  writeFileSync(path.replace('main.tf.json', 'drydock.policy.yaml'), 'version: 1\nallow: []\n');
  const { policy, verdict } = await reportOf({ path });
  expect({ policy, verdict }).toEqual({
    policy: path.replace('main.tf.json', 'drydock.policy.yaml'),
    verdict: 'violated',
  });
});

test('init writes a policy beside the configuration, with which verify passes, and writes over nothing', async () => {
  const path = changed(() => undefined);
  const file = path.replace('main.tf.json', 'drydock.policy.yaml');
  let printed = '';
  const init = (isForced: boolean) =>
    runPolicyInit({ path, variables: {}, variableFiles: [], isForced, print: (text) => (printed = text) });
  await init(false);
  expect(printed).toBe(
    `Wrote ${file}: all that is known to get through today is allowed there. Cut it down to what you mean.\n`,
  );
  expect(await run({ path })).toMatchObject({ code: 0, printed: expect.stringContaining(`policy: ${file}`) });
  writeFileSync(file, 'mine');
  await expect(init(false)).rejects.toThrow(`could not write ${file}: it is there already`);
  expect(readFileSync(file, 'utf8')).toBe('mine');
  await init(true);
  expect(readFileSync(file, 'utf8')).toContain('allow:');
  expect(existsSync(join(root, 'infra/synth/dev/drydock.policy.yaml'))).toBe(false);
});
