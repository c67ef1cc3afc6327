/** The drill's deployment out of the same Terraform: its main file, and beside it an override file that asks its groups for more machines. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const drillMachines = { gateway: 2, worker: 3 } as const;

/**
 * As an operator would set the desired capacity. Terraform lays `*_override.tf.json` over the other files of its folder.
 * https://developer.hashicorp.com/terraform/language/files/override
 * @returns the folder.
 */
export function writeDrillTerraform(mainFile: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  copyFileSync(mainFile, join(folder, 'main.tf.json'));
  const groups = Object.entries(drillMachines).map(([name, desired_capacity]) => [
    name,
    { desired_capacity },
  ]);
  const override = { resource: { aws_autoscaling_group: Object.fromEntries(groups) } };
  writeFileSync(join(folder, 'drill_override.tf.json'), `${JSON.stringify(override, undefined, 2)}\n`);
  return folder;
}
