/** Every format holds what the report holds, and nothing of a name in it acts on a terminal, in XML or in Markdown. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parsePolicy } from '../../../../sim/policy/index.ts';
import { findingKinds } from '../../../../sim/verify/finding-kinds.ts';
import { formats } from '../../../../sim/verify/formats/every-format.ts';
import { type Report, reportSchema } from '../../../../sim/verify/report.ts';
import { reportJsonSchema } from '../../../../sim/verify/report-json-schema.ts';
import { rule, smallNetwork, verified, withGroup } from './small-network.ts';

const cause = { address: 'data.x.y', reason: 'known only after apply' };
const broken = () =>
  verified(
    smallNetwork(
      withGroup('web', (web) => ({
        ingress: [
          ...web.ingress,
          rule('r.ssh', '0.0.0.0/0', { port: 22, line: 61 }),
          rule('r.mysql', '0.0.0.0/0', { port: 3306, uncertain: cause }),
        ],
      })),
    ),
  );

/** A name that tries everything. */
const evil = 'aws_instance.x["\u001b[2J\u0007\u202e]]><b>|`a`\n# &\'@team http://e.example"]';
const hostile = (): Report => {
  const report = broken();
  return JSON.parse(JSON.stringify(report).replaceAll('aws_instance.web', JSON.stringify(evil).slice(1, -1)));
};

// biome's default for tests: control characters are what is looked for.
const isQuiet = (text: string) => !/[^\P{Cc}\n]|\p{Cf}/u.test(text);

test.each(Object.keys(formats))('tells the same for the same report: %s', (name) => {
  const format = formats[name as keyof typeof formats];
  expect(format(broken())).toBe(format(broken()));
});

test('prints JSON that its schema describes', () => {
  const report = broken();
  const printed: unknown = JSON.parse(formats.json(report));
  expect(reportSchema.parse(printed)).toEqual(report);
  expect(reportSchema.safeParse({ ...report, more: 1 }).success).toBe(false);
});

test('keeps the JSON Schema in the tree in step', () => {
  const file = new URL('../../../../sim/verify/schema/verify-report.schema.json', import.meta.url);
  // Out of step: ./drydock verify --schema > sim/verify/schema/verify-report.schema.json
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(reportJsonSchema());
});

test('names every field of the JSON in its document', () => {
  const text = readFileSync(new URL('../../../../docs/verify-json.md', import.meta.url), 'utf8');
  const fields = Object.keys(reportSchema.shape).concat(
    ...(['endpoints', 'reach', 'findings', 'unknown'] as const).map((name) =>
      Object.keys(reportSchema.shape[name].element.shape),
    ),
  );
  expect(fields.filter((field) => !text.includes(`\`${field}\``))).toEqual([]);
});

test('tells a person what is open, what is found and what is unknown', () => {
  const text = formats.text(broken());
  expect(text).toContain('What the internet reaches\n  aws_instance.web  tcp/22, 443\n');
  expect(text).toContain('What reaches the internet\n  aws_instance.app  tcp/443\n');
  expect(text).toContain('ERROR   internet-reaches-admin-port  r.ssh  main.tf:61\n');
  expect(text).toMatch(/data\.x\.y: known only after apply\n {4}leaves open: .*in the way of a verdict/);
  expect(text.endsWith('Does not hold: 1 violation of the builtin list.\n')).toBe(true);
});

test('sums a large network up, and says where the rest is', () => {
  const report = broken();
  const [endpoint] = report.endpoints;
  const [row] = report.reach.filter(({ from }) => from === 'aws_instance.web');
  const [finding] = report.findings;
  if (endpoint === undefined || row === undefined || finding === undefined)
    throw new Error('an empty report');
  const many = Array.from({ length: 300 }, (_, index) => index);
  const large: Report = {
    ...report,
    endpoints: many.map((index) => ({
      ...endpoint,
      address: `aws_instance.m${index}`,
      resource: `aws_instance.m${index}`,
    })),
    reach: many.map((index) => ({ ...row, from: `aws_instance.m${index}` })),
    findings: many.map((index) => ({ ...finding, severity: 'note', address: `r${index}` })),
  };
  const text = formats.text(large);
  expect(text.split('\n').length).toBeLessThan(150);
  expect(text).toContain('public  300 instance');
  expect(text).toContain('more: --format json has them all');
  expect(formats.markdown(large).length).toBeLessThan(60_000);
});

test.each(['text', 'markdown', 'junit'] as const)('writes no control character of a name: %s', (name) => {
  const text = formats[name](hostile());
  expect(isQuiet(text)).toBe(true);
  expect(text).toContain('\\u{1b}[2J');
});

test('writes JSON and SARIF in which control characters are escaped', () => {
  for (const name of ['json', 'sarif'] as const) {
    const text = formats[name](hostile());
    expect(text).not.toContain('\u001b');
    expect(JSON.stringify(JSON.parse(text))).toContain('\\u001b[2J');
  }
});

test('escapes a name in Markdown: no cell ends, no tag opens, nobody is called', () => {
  const text = formats.markdown(hostile());
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && line.includes('internet-reaches'));
  expect(rows).toHaveLength(1);
  // A table's cells end at a bar that is not escaped.
  expect(rows[0]?.match(/(?<!\\)\|/g)).toHaveLength(5);
  const outsideCode = text.replaceAll(/(`+)[^`][\s\S]*?\1(?!`)/g, '');
  expect(outsideCode).not.toMatch(/<b>|@team|http:\/\//);
});

/** The structure that SARIF 2.1.0 prescribes for what is used of it (§3.13 to §3.52 of the standard). */
const text = z.strictObject({ text: z.string().min(1) });
const physicalLocation = z.strictObject({
  artifactLocation: z.strictObject({
    uri: z.string().regex(/^(?!\/)[^\s\\]+$/),
    uriBaseId: z.literal('SRCROOT').optional(),
  }),
  region: z.strictObject({ startLine: z.int().min(1) }),
});
const level = z.enum(['none', 'note', 'warning', 'error']);
const sarif = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z
    .array(
      z.strictObject({
        tool: z.strictObject({
          driver: z.strictObject({
            name: z.string(),
            rules: z.array(
              z.strictObject({
                id: z.string(),
                shortDescription: text,
                help: text,
                defaultConfiguration: z.strictObject({ level }),
              }),
            ),
          }),
        }),
        invocations: z.array(
          z.strictObject({
            executionSuccessful: z.boolean(),
            exitCode: z.int(),
            toolExecutionNotifications: z.array(
              z.strictObject({
                level,
                message: text,
                locations: z.array(z.strictObject({ physicalLocation })).optional(),
              }),
            ),
          }),
        ),
        originalUriBaseIds: z.strictObject({ SRCROOT: z.strictObject({ description: text }) }),
        results: z.array(
          z.strictObject({
            ruleId: z.string(),
            ruleIndex: z.int().min(0),
            level,
            message: text,
            locations: z
              .array(
                z.strictObject({
                  physicalLocation: physicalLocation.optional(),
                  logicalLocations: z.array(
                    z.strictObject({ fullyQualifiedName: z.string(), kind: z.string() }),
                  ),
                }),
              )
              .length(1),
            partialFingerprints: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
          }),
        ),
      }),
    )
    .length(1),
});

test('prints SARIF 2.1.0 with rules, places, levels and fingerprints', () => {
  const { runs } = sarif.parse(JSON.parse(formats.sarif(broken())));
  const [run] = runs;
  expect(run?.tool.driver.rules.map(({ id }) => id)).toEqual(Object.keys(findingKinds));
  expect(run?.invocations[0]).toMatchObject({ executionSuccessful: true, exitCode: 1 });
  expect(run?.invocations[0]?.toolExecutionNotifications[0]?.message.text).toContain('data.x.y');
  const [result] = run?.results ?? [];
  expect(run?.tool.driver.rules[result?.ruleIndex ?? -1]?.id).toBe(result?.ruleId);
  expect(result).toMatchObject({
    ruleId: 'internet-reaches-admin-port',
    level: 'error',
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: 'main.tf', uriBaseId: 'SRCROOT' },
          region: { startLine: 61 },
        },
      },
    ],
  });
});

test('gives a finding the same fingerprint wherever its line moves, and another to another rule', () => {
  const prints = (report: Report) =>
    sarif
      .parse(JSON.parse(formats.sarif(report)))
      .runs[0]?.results.map(({ partialFingerprints }) => partialFingerprints['drydock/v1']);
  const report = broken();
  const moved = {
    ...report,
    findings: report.findings.map((one) => ({ ...one, line: 7, message: 'other words' })),
  };
  const renamed = { ...report, findings: report.findings.map((one) => ({ ...one, address: 'r.other' })) };
  expect(prints(moved)).toEqual(prints(report));
  expect(prints(renamed)).not.toEqual(prints(report));
});

test('writes a file with a space, and one elsewhere, as the addresses that SARIF wants', () => {
  const report = broken();
  const placed = (file: string) => ({
    ...report,
    findings: report.findings.slice(0, 1).map((one) => ({ ...one, file })),
  });
  const uriOf = (file: string) =>
    sarif.parse(JSON.parse(formats.sarif(placed(file)))).runs[0]?.results[0]?.locations[0]?.physicalLocation
      ?.artifactLocation;
  expect(uriOf('my network/main.tf')).toEqual({ uri: 'my%20network/main.tf', uriBaseId: 'SRCROOT' });
  expect(uriOf('/srv/x/main.tf')).toEqual({ uri: 'file:///srv/x/main.tf' });
});

/** Elements and attributes of a small XML document; fails on what is not well formed. */
function elementsOf(
  document: string,
): readonly { readonly name: string; readonly attributes: Readonly<Record<string, string>> }[] {
  const open: string[] = [];
  const found: { name: string; attributes: Record<string, string> }[] = [];
  const tags =
    /<(\/?)([a-z-]+)((?:\s+[a-z]+="[^"<&]*(?:&(?:amp|lt|gt|quot|apos);[^"<&]*)*")*)\s*(\/?)>|([^<]+)/gy;
  const body = document.replace('<?xml version="1.0" encoding="UTF-8"?>\n', '');
  let end = 0;
  for (const match of body.matchAll(tags)) {
    end = match.index + match[0].length;
    const [, closing, name, attributes = '', self, content] = match;
    if (content !== undefined) expect(content).not.toMatch(/&(?!(amp|lt|gt|quot|apos);)|\]\]>/);
    else if (closing === '/') expect(open.pop()).toBe(name);
    else if (name !== undefined) {
      found.push({
        name,
        attributes: Object.fromEntries(
          [...attributes.matchAll(/([a-z]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
        ),
      });
      if (self !== '/') open.push(name);
    }
  }
  expect({ end, open }).toEqual({ end: body.length, open: [] });
  return found;
}

test.each([
  ['broken', broken],
  ['hostile', hostile],
])('prints JUnit XML that is well formed, and counts right: %s', (_, make) => {
  const elements = elementsOf(formats.junit(make()));
  const [suites] = elements;
  const count = (name: string) => elements.filter((one) => one.name === name).length;
  expect(suites).toEqual({
    name: 'testsuites',
    attributes: {
      name: 'drydock verify',
      tests: String(count('testcase')),
      failures: String(count('failure')),
      errors: String(count('error')),
    },
  });
  expect(count('failure')).toBe(1);
  expect(count('error')).toBe(1);
});

test('passes no case of a policy that was not asked, and fails the one that is broken', () => {
  const names = (document: string) =>
    elementsOf(document).flatMap(({ name, attributes }) => (name === 'testsuite' ? [attributes.name] : []));
  expect(names(formats.junit(broken()))).toEqual(['builtin', 'advice', 'unknown']);
  const policy = parsePolicy('version: 1\nallow: []\n', { file: 'p.yaml' });
  const document = formats.junit(verified(smallNetwork(), { policy }));
  expect(names(document)).toEqual(['policy', 'builtin', 'advice', 'unknown']);
  expect(document).toMatch(/<testcase classname="policy" name="undeclared-flow">\s+<failure/);
});

test('has a section with source or example for every kind of finding in its document', () => {
  const document = readFileSync(new URL('../../../../docs/findings.md', import.meta.url), 'utf8');
  const sections = [...document.matchAll(/^### (\S+)\n([\s\S]*?)(?=^##|$(?![\s\S]))/gm)];
  expect(sections.map(([, id]) => id).toSorted()).toEqual(Object.keys(findingKinds).toSorted());
  expect(sections.filter(([, , body = '']) => !body.includes('Example')).map(([, id]) => id)).toEqual([]);
});
