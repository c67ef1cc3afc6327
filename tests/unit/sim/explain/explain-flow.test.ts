import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type ExplainOptions, runExplain } from '../../../../sim/explain/index.ts';

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../../fixtures/terraform/${name}`, import.meta.url));

async function explained(
  options: Pick<ExplainOptions, 'from' | 'to' | 'traffic' | 'family'> & { path: string },
) {
  let text = '';
  const exitCode = await runExplain({
    variables: {},
    variableFiles: [],
    isJson: false,
    ...options,
    print: (part) => {
      text += part;
    },
  });
  return { exitCode, lines: text.split('\n').map((line) => line.trimEnd()) };
}

const https = { protocol: 'tcp', port: 443 } as const;
const path = fixture('inline-dynamic-nacl');

test('a one-way flow: every layer, the break marked on the way back, with address, file and line', async () => {
  const { exitCode, lines } = await explained({
    path,
    from: 'internet',
    to: 'aws_instance.edge',
    traffic: https,
  });
  expect(exitCode).toBe(1);
  expect(lines[1]).toBe('one-way: delivered, but the answer is dropped');
  const there = lines.slice(lines.findIndex((line) => line.includes('→')) + 1, lines.indexOf('  the answer'));
  expect(there.filter((line) => line.includes('DROP'))).toEqual([]);
  const back = lines.slice(lines.indexOf('  the answer') + 1);
  const broken = back.filter((line) => line.startsWith('  ✗ '));
  expect(broken).toHaveLength(1);
  expect(broken[0]).toMatch(
    /^ {2}✗ DROP network-acl egress +aws_network_acl\.edge \(.*main\.tf:\d+\) at aws_subnet/,
  );
});

test('a refused flow names what refuses first, and what would have further on', async () => {
  const { exitCode, lines } = await explained({
    path,
    from: 'aws_instance.edge',
    to: 'aws_instance.core[0]',
    traffic: { protocol: 'tcp', port: 22 },
  });
  expect(exitCode).toBe(1);
  expect(lines[1]).toBe('refused: the first packet is not delivered');
  expect(lines.filter((line) => line.startsWith('  ✗ '))).toHaveLength(1);
  expect(lines.some((line) => line.startsWith('  · DROP'))).toBe(true);
});

test('a flow that works exits with 0, and of a group whose members differ each kind is told', async () => {
  const works = await explained({
    path,
    from: 'aws_instance.core[0]',
    to: 'aws_instance.core[1]',
    traffic: { protocol: 'tcp', port: 9005 },
  });
  expect(works).toMatchObject({ exitCode: 0 });
  expect(works.lines[1]).toBe('works: delivered and answered');
  // Inside one subnet no network ACL is met.
  expect(works.lines.some((line) => line.includes('network-acl'))).toBe(false);
});

test('what depends on something unknown exits with 2 and names it', async () => {
  const { exitCode, lines } = await explained({
    path: fileURLToPath(new URL('../../../../sim/witnesses/unknown-transit-gateway', import.meta.url)),
    from: 'aws_instance.open',
    to: '10.99.0.10',
    traffic: https,
  });
  expect(exitCode).toBe(2);
  expect(lines[1]).toMatch(/^unknown: aws_\S+: .*transit gateway/);
});

test('the family can be chosen, and the JSON has every layer', async () => {
  let text = '';
  const options = { variables: {}, variableFiles: [], print: (part: string) => (text += part), isJson: true };
  const question = {
    from: 'internet',
    to: 'aws_instance.db',
    traffic: { protocol: 'tcp', port: 5432 },
  } as const;
  const dual = fixture('dual-stack');
  expect(await runExplain({ ...options, ...question, path: dual, family: 6 })).toBe(0);
  const { schemaVersion, classes } = JSON.parse(text);
  expect(schemaVersion).toBe(1);
  expect(classes[0].judgements[0].judgement.forward.at(-1)).toMatchObject({
    layer: 'security-group',
    verdict: 'allow',
  });
  expect(await runExplain({ ...options, ...question, path: dual, family: 4 })).toBe(1);
});

test('a name that nothing has is refused with the nearest ones', async () => {
  const asked = explained({ path, from: 'internet', to: 'aws_instance.egde', traffic: https });
  await expect(asked).rejects.toThrow(/could not find "aws_instance\.egde": .*aws_instance\.edge/);
});
