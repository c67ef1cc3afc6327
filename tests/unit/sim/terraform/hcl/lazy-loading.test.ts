import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { readTerraform } from '../../../../../sim/terraform/read-terraform.ts';
import { writtenDirectory } from '../written-directory.ts';

const { cache } = createRequire(import.meta.url);
const isLoaded = () => Object.keys(cache).some((file) => file.includes('/hcl2json/'));

test('the HCL parser is loaded by the first HCL text, and not by Terraform JSON', async () => {
  using directory = writtenDirectory({
    'main.tf.json': { variable: { a: {} } },
    'terraform.tfvars.json': { a: 1 },
    'hcl/main.tf': '',
  });
  await readTerraform(directory.path);
  expect(isLoaded()).toBe(false);
  await readTerraform(directory.file('hcl'));
  expect(isLoaded()).toBe(true);
});
