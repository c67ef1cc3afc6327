/**
 * Environment to the text of its `main.tf.json`: pure, the same bytes every time, no file and no process touched.
 * cdktn's comments (construct paths and its version) are left out: they say nothing about the cloud.
 */
import { RootConstruct } from 'constructs';
import type { Environment } from './environment.ts';
import { EnvironmentStack } from './stack.ts';

export function synthesize(environment: Environment): string {
  const root = new RootConstruct('drydock');
  root.node.setContext('targetVersions', { terraform: '>=1.11.0', opentofu: '>=1.10.0' });
  const stack = new EnvironmentStack(root, environment);
  stack.runAllValidations();
  return `${JSON.stringify(canonical(stack.toTerraform()), null, 2)}\n`;
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '//')
      // By code unit: the order must not depend on the machine's locale.
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, canonical(inner)]),
  );
}
