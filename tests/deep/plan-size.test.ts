/** A plan as large as plans get is read at once, and nothing that it lists is compared with everything else in it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { placeOf, readTerraform } from '../../sim/terraform/index.ts';

const fixture = fileURLToPath(new URL('../fixtures/terraform/count-cidrsubnet/plan.json', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'plan-size-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** 20 MB, formatted, of machines in as many subnets. */
function largePlan(): string {
  const plan = JSON.parse(readFileSync(fixture, 'utf8'));
  const { resources } = plan.planned_values.root_module;
  for (const kind of ['aws_instance.worker', 'aws_subnet.private']) {
    const planned = resources.find(({ address }: { address: string }) => address === `${kind}[0]`);
    const change = plan.resource_changes.find(({ address }: { address: string }) => address === `${kind}[0]`);
    for (let index = 3; index < 2600; index += 1) {
      const address = `${kind}[${index}]`;
      resources.push({ ...planned, address, index });
      plan.resource_changes.push({ ...change, address, index });
    }
  }
  return JSON.stringify(plan, null, 2);
}

test('reads a plan of 20 MB within two seconds, each resource with its line', async () => {
  const text = largePlan();
  expect(text.length).toBeGreaterThan(20_000_000);
  const path = join(directory, 'plan.json');
  writeFileSync(path, text);
  const started = performance.now();
  const { resources } = await readTerraform(path);
  const lines = new Set([...resources.values()].map((block) => placeOf(block).line));
  const tookMs = performance.now() - started;
  expect(resources.size).toBeGreaterThan(5000);
  expect(lines.size).toBe(resources.size);
  expect(tookMs).toBeLessThan(2000);
});
