import { expect, test } from 'vitest';
import { readTerraform } from '../../../../sim/terraform/index.ts';
import { rejectionOf } from './written.ts';
import { writtenDirectory } from './written-directory.ts';

const MANIFEST = '.terraform/modules/modules.json';
const listing = (...modules: readonly (readonly [string, string, string])[]) => ({
  Modules: [['', '', '.'] as const, ...modules].map(([Key, Source, Dir]) => ({ Key, Source, Dir })),
});
const calls = (sources: Readonly<Record<string, string>>) => ({
  module: Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, { source }])),
});
const resource = (name: string) => ({ resource: { t: { [name]: {} } } });

test('modules that terraform init put beside the configuration are read from there, those in them too', async () => {
  using directory = writtenDirectory({
    'main.tf.json': calls({ net: 'someone/network/aws', far: 'git::https://example.com/far.git?ref=v1' }),
    [MANIFEST]: listing(
      ['net', 'registry.terraform.io/someone/network/aws', '.terraform/modules/net'],
      [
        'net.inner',
        'registry.terraform.io/someone/vpc/aws//modules/one',
        '.terraform/modules/net.inner/modules/one',
      ],
      ['net.beside', './beside', '.terraform/modules/net/beside'],
      ['far', 'git::https://example.com/far.git?ref=v1', '.terraform/modules/far'],
    ),
    '.terraform/modules/net/main.tf.json': calls({
      inner: 'someone/vpc/aws//modules/one',
      beside: './beside',
    }),
    '.terraform/modules/net/beside/main.tf.json': resource('this'),
    '.terraform/modules/net.inner/modules/one/main.tf.json': resource('this'),
    '.terraform/modules/far/main.tf.json': resource('this'),
  });
  const { resources, evaluation } = await readTerraform(directory.path);
  const modules = [...resources.keys()].sort();
  expect(modules).toEqual([
    'module.far.t.this',
    'module.net.module.beside.t.this',
    'module.net.module.inner.t.this',
  ]);
  const inner = resources.get('module.net.module.inner.t.this');
  expect(inner?.source.path).toBe(directory.file('.terraform/modules/net.inner/modules/one/main.tf.json'));
  const site = inner && {
    source: inner.source,
    address: inner.address,
    field: '',
    path: [],
    scope: inner.scope,
  };
  expect(site && evaluation.evaluate(`\${path.module}`, site)).toBe(
    '.terraform/modules/net.inner/modules/one',
  );
});

test('a local module that is called twice has the installed modules of each call', async () => {
  using directory = writtenDirectory({
    'main.tf.json': calls({ one: './own', two: './own' }),
    'own/main.tf.json': calls({ vpc: 'someone/vpc/aws' }),
    [MANIFEST]: listing(
      ['one', './own', 'own'],
      ['two', './own', 'own'],
      ['one.vpc', 'registry.terraform.io/someone/vpc/aws', '.terraform/modules/one.vpc'],
      ['two.vpc', 'registry.terraform.io/someone/vpc/aws', '.terraform/modules/two.vpc'],
    ),
    '.terraform/modules/one.vpc/main.tf.json': resource('first'),
    '.terraform/modules/two.vpc/main.tf.json': resource('second'),
  });
  const { resources } = await readTerraform(directory.path);
  expect([...resources.keys()].sort()).toEqual([
    'module.one.module.vpc.t.first',
    'module.two.module.vpc.t.second',
  ]);
});

test.each<[string, unknown, string]>([
  ['without it', undefined, 'the module is not local (./… or ../…), and modules are not fetched here'],
  ['with others', listing(['other', 'registry.terraform.io/a/b/aws', '.']), 'modules are not fetched here'],
  [
    'with another of its name',
    listing(['net', 'registry.terraform.io/someone/else/aws', '.']),
    'is another one (registry.terraform.io/someone/else/aws)',
  ],
])(
  '%s a module that is not local is one clear error that names terraform init',
  async (_, manifest, reason) => {
    using directory = writtenDirectory({
      'main.tf.json': calls({ net: 'someone/network/aws' }),
      ...(manifest !== undefined && { [MANIFEST]: manifest }),
    });
    const failure = await rejectionOf(() => readTerraform(directory.path));
    expect(failure.code).toBe('SIM_TERRAFORM_UNSUPPORTED');
    expect(failure.message).toContain(`${directory.file('main.tf.json')}:4`);
    expect(failure.message).toContain(reason);
    expect(failure.message).toContain('run terraform init');
  },
);

test.each(['{', '{}', '[]'])(
  'a list of installed modules that holds %s is refused by its name',
  async (text) => {
    using directory = writtenDirectory({ 'main.tf.json': {}, [MANIFEST]: text });
    const failure = await rejectionOf(() => readTerraform(directory.path));
    expect(failure.message).toContain(directory.file(MANIFEST));
    expect(failure.message).toContain('run terraform init again');
  },
);
