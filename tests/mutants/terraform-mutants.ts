/** Defects of reading Terraform: the configuration that is judged is not the one that is written. */
import { DOCUMENTS } from './documents.ts';
import type { Mutant } from './mutant.ts';

const proof = (witness: string) => ({ witness, on: 'proof' }) as const;

const defects: readonly Omit<Mutant, 'part'>[] = [
  {
    id: 'host-bits-kept',
    breaks: 'A block with bits beyond its prefix begins where the block that holds it begins.',
    file: 'sim/terraform/cidr.ts',
    find: 'base: (address.value >> hostBits) << hostBits, prefix',
    replace: 'base: hostBits === 0n ? address.value : address.value | 0n, prefix',
    caughtBy: proof('network-acl-host-bits'),
  },
  {
    id: 'block-without-last-address',
    breaks: 'A block holds its last address.',
    file: 'sim/terraform/cidr.ts',
    find: 'return cidr.base + sizeOf(cidr) - 1n;',
    replace: 'return cidr.base + sizeOf(cidr) - (sizeOf(cidr) > 1n ? 2n : 1n);',
    caughtBy: proof('security-group-address-range'),
  },
  {
    id: 'count-index-from-one',
    breaks: 'The instances that count makes are numbered from 0.',
    file: 'sim/terraform/root-values.ts',
    find: '{ index: repetition.index }',
    replace: '{ index: repetition.index + 1 }',
    caughtBy: {
      file: 'tests/unit/sim/terraform/expansion.test.ts',
      test: 'each and count mean',
      source: DOCUMENTS.count,
    },
  },
  {
    id: 'each-value-of-another-key',
    breaks: 'In a block with for_each, each.value is the element of each.key.',
    file: 'sim/terraform/repetitions.ts',
    find: 'if (isMap(found)) return [...found].sort(([one], [other]) => (one < other ? -1 : 1));',
    replace: `if (isMap(found)) {
    const values = [...found.values()];
    return [...found.keys()].sort().map((key, index) => [key, values.at(-1 - index) ?? null]);
  }`,
    caughtBy: {
      file: 'tests/unit/sim/terraform/fixtures.test.ts',
      test: 'foreach-tiers has every attribute',
      source: DOCUMENTS.forEach,
    },
  },
  {
    id: 'dynamic-block-once',
    breaks: 'A dynamic block stands once for every element of its for_each.',
    file: 'sim/terraform/dynamic-blocks.ts',
    find: 'return elementsOf(block, evaluator).map(',
    replace: 'return elementsOf(block, evaluator).slice(0, 1).map(',
    caughtBy: {
      file: 'tests/unit/sim/terraform/fixtures.test.ts',
      test: 'inline-dynamic-nacl has every attribute',
      source: DOCUMENTS.dynamic,
    },
  },
  {
    id: 'variable-file-over-command-line',
    breaks: 'A value of -var goes before one of a variable file.',
    file: 'sim/terraform/variable-files.ts',
    find: "all.set(name, { kind: 'text', text })",
    replace: "all.set(name, inputs.get(name) ?? { kind: 'text', text })",
    caughtBy: {
      file: 'tests/unit/sim/terraform/variables.test.ts',
      test: 'takes a single value over all',
      source: DOCUMENTS.variables,
    },
  },
  {
    id: 'subnets-from-one',
    breaks: 'cidrsubnet counts networks from 0.',
    file: 'sim/terraform/expression/cidr-functions.ts',
    find: 'BigInt(number) << BigInt(bitsOf(cidr) - prefix)',
    replace: 'BigInt(number + 1) << BigInt(bitsOf(cidr) - prefix)',
    caughtBy: {
      file: 'tests/unit/sim/terraform/fixtures.test.ts',
      test: 'count-cidrsubnet has every attribute',
      source: DOCUMENTS.cidrsubnet,
    },
  },
  {
    id: 'first-instance-for-every-key',
    breaks: 'A reference by key to a block or a module with for_each means the instance of that key.',
    file: 'sim/terraform/instances.ts',
    find: 'map(([key, item]) => [key, objectOf(item)])',
    replace: 'map(([key, item], _, all) => [key, objectOf(all[0]?.[1] ?? item)])',
    caughtBy: {
      file: 'tests/unit/sim/terraform/fixtures.test.ts',
      test: 'foreach-tiers has every attribute',
      source: DOCUMENTS.forEach,
    },
  },
  {
    id: 'output-of-first-instance',
    breaks: 'An output of a module with for_each is that of the instance that is named.',
    file: 'sim/terraform/root-values.ts',
    find: `const address = \`\${instance.address}.\${name}\`;`,
    replace: "const address = [instance.address.replace(/\\[[^\\]]*\\]$/, ''), name].join('.');",
    caughtBy: {
      file: 'tests/unit/sim/terraform/fixtures.test.ts',
      test: 'local-modules has every attribute',
      source: DOCUMENTS.outputs,
    },
  },
  {
    id: 'module-argument-ignored',
    breaks: 'What a module call gives goes before the default of the variable.',
    file: 'sim/terraform/input-variables.ts',
    find: 'if (raw === undefined) return undefined;',
    replace: 'if (raw === undefined || variable.body.default !== undefined) return undefined;',
    caughtBy: {
      file: 'tests/unit/sim/terraform/modules.test.ts',
      test: 'modules in modules',
      source: DOCUMENTS.modules,
    },
  },
  {
    id: 'auto-files-first',
    breaks: 'A value of an *.auto.tfvars file goes before one of terraform.tfvars.',
    file: 'sim/terraform/module-files.ts',
    find: `...names.filter((name) => name === 'terraform.tfvars'),
      ...names.filter((name) => name === 'terraform.tfvars.json'),
      ...names.filter((name) => /\\.auto\\.tfvars(\\.json)?$/.test(name)),`,
    replace: `...names.filter((name) => /\\.auto\\.tfvars(\\.json)?$/.test(name)),
      ...names.filter((name) => name === 'terraform.tfvars'),
      ...names.filter((name) => name === 'terraform.tfvars.json'),`,
    caughtBy: {
      file: 'tests/unit/sim/terraform/variables.test.ts',
      test: 'over both, in order of their names',
      source: DOCUMENTS.variables,
    },
  },
];

export const TERRAFORM_MUTANTS: readonly Mutant[] = defects.map((defect) => ({ ...defect, part: 'reader' }));
