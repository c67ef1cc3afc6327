import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planDeployment } from '../../../../sim/deployment/index.ts';
import { parseUnit } from '../../../../sim/nodes/systemd-unit.ts';

const unit = (...lines: readonly string[]) => ['[Unit]', 'Restart=no', '[Service]', ...lines].join('\n');

test.each([
  [['Restart=always', 'RestartSec=5'], { when: 'always', delayMs: 5_000 }],
  [['Restart=always'], { when: 'always', delayMs: 100 }],
  [['Restart=on-failure', 'RestartSec=250ms'], { when: 'on-failure', delayMs: 250 }],
  [['Restart=always', 'RestartSec=2 min'], { when: 'always', delayMs: 120_000 }],
  [['Restart=always', 'RestartSec=0.5'], { when: 'always', delayMs: 500 }],
  [['Restart=always', 'Restart=no'], { when: 'no', delayMs: 100 }],
  [['ExecStart=/bin/true'], { when: 'no', delayMs: 100 }],
  [['#Restart=always', '[Install]', 'Restart=always'], { when: 'no', delayMs: 100 }],
])('reads %j as systemd does', (lines, policy) => {
  expect(parseUnit(unit(...lines))).toStrictEqual(policy);
});

test.each([
  ['Restart=on-abort', { field: 'Restart', reason: /"on-abort" is not simulated; use always, / }],
  ['RestartSec=soon', { field: 'RestartSec', reason: /"soon" is no number/ }],
  ['RestartSec=1min 20s', { field: 'RestartSec', reason: /"1min 20s" is no number/ }],
])('refuses %s, which it would do otherwise', (line, { field, reason }) => {
  expect(parseUnit(unit(line))).toStrictEqual({ field, reason: expect.stringMatching(reason) });
});

test.each(['dev', 'prod'])('finds the unit of every program in the user data of %s', async (environment) => {
  const text = readFileSync(`infra/synth/${environment}/main.tf.json`, 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'drydock-unit-'));
  const file = join(folder, 'main.tf.json');
  // Another time than where there is no unit.
  writeFileSync(file, text.replaceAll('RestartSec=1', 'RestartSec=7'));
  const { nodes } = await planDeployment(file);
  rmSync(folder, { recursive: true });
  expect(nodes.length).toBeGreaterThan(4);
  for (const { restart } of nodes) expect(restart).toStrictEqual({ when: 'always', delayMs: 7_000 });
});
