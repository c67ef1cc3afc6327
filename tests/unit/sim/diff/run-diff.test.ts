import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type DiffOptions, runDiff } from '../../../../sim/diff/index.ts';

const ref = (expression: string) => `\${${expression}}`;

/** A web server whose group admits the internet on one port. */
function network(port: number): string {
  return JSON.stringify({
    provider: { aws: [{ region: 'eu-west-1' }] },
    resource: {
      aws_vpc: { main: { cidr_block: '10.0.0.0/16' } },
      aws_internet_gateway: { main: { vpc_id: ref('aws_vpc.main.id') } },
      aws_subnet: {
        a: { vpc_id: ref('aws_vpc.main.id'), cidr_block: '10.0.0.0/24', map_public_ip_on_launch: true },
      },
      aws_route: {
        out: {
          route_table_id: ref('aws_vpc.main.main_route_table_id'),
          destination_cidr_block: '0.0.0.0/0',
          gateway_id: ref('aws_internet_gateway.main.id'),
        },
      },
      aws_security_group: {
        web: {
          vpc_id: ref('aws_vpc.main.id'),
          ingress: [{ protocol: 'tcp', from_port: port, to_port: port, cidr_blocks: ['0.0.0.0/0'] }],
        },
      },
      aws_instance: {
        web: {
          ami: 'ami-0',
          instance_type: 't4g.small',
          subnet_id: ref('aws_subnet.a.id'),
          vpc_security_group_ids: [ref('aws_security_group.web.id')],
        },
      },
    },
  });
}

function repository(): { readonly folder: string; readonly commit: (port: number) => void } {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-repository-'));
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args]);
  git('init', '--quiet', '--initial-branch=main');
  const before = process.cwd();
  process.chdir(folder);
  onTestFinished(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  });
  const commit = (port: number) => {
    mkdirSync(join(folder, 'net'), { recursive: true });
    writeFileSync(join(folder, 'net/main.tf.json'), network(port));
    git('add', '.');
    git('commit', '--quiet', '--message', `port ${port}`);
  };
  return { folder, commit };
}

type Asked = Pick<DiffOptions, 'before' | 'after'> & { path?: string; variableFiles?: readonly string[] };

async function told(options: Asked) {
  let text = '';
  const print = (part: string) => {
    text += part;
  };
  const exitCode = await runDiff({
    path: 'net',
    variables: {},
    variableFiles: [],
    format: 'text',
    ...options,
    print,
  });
  return { exitCode, lines: text.trimEnd().split('\n') };
}

const leftOver = () => readdirSync(tmpdir()).filter((name) => name.startsWith('drydock-diff-'));

test('compares two revisions, a revision with a folder, and leaves nothing behind', async () => {
  const { commit } = repository();
  const others = leftOver();
  commit(443);
  commit(8443);
  expect(await told({ before: 'HEAD~1', after: 'HEAD' })).toEqual({
    exitCode: 1,
    lines: [
      'HEAD~1 → HEAD',
      '+ internet → aws_instance.web  tcp/8443  works: delivered and answered',
      '- internet → aws_instance.web  tcp/443  was: works: delivered and answered',
      '1 opened, 0 changed, 1 closed',
    ],
  });
  expect(await told({ before: 'HEAD', after: 'net' })).toMatchObject({ exitCode: 0 });
  expect(leftOver()).toEqual(others);
});

test('a configuration of several files, and a file of values as each revision has it', async () => {
  const { folder, commit } = repository();
  const rules = (values: string) => {
    writeFileSync(join(folder, 'prod.tfvars'), values);
    mkdirSync(join(folder, 'net'), { recursive: true });
    writeFileSync(join(folder, 'net/variables.tf'), 'variable "office" { type = string }');
    writeFileSync(
      join(folder, 'net/rules.tf'),
      `resource "aws_security_group_rule" "ssh" {
        security_group_id = aws_security_group.other.id
        type        = "ingress"
        protocol    = "tcp"
        from_port   = 22
        to_port     = 22
        cidr_blocks = [var.office]
      }
      resource "aws_security_group" "other" { vpc_id = aws_vpc.main.id }
      resource "aws_instance" "other" {
        ami                    = "ami-0"
        instance_type          = "t4g.small"
        subnet_id              = aws_subnet.a.id
        vpc_security_group_ids = [aws_security_group.other.id]
      }`,
    );
  };
  rules('office = "203.0.113.0/24"');
  commit(443);
  rules('office = "0.0.0.0/0"');
  commit(443);
  const variableFiles = ['prod.tfvars'];
  expect(await told({ before: 'HEAD~1', after: 'HEAD', variableFiles })).toEqual({
    exitCode: 1,
    lines: [
      'HEAD~1 → HEAD',
      '+ internet → aws_instance.other  tcp/22  works: delivered and answered',
      '1 opened, 0 changed, 0 closed',
    ],
  });
});

test('attributes that leave files out of archives hide nothing', async () => {
  const { folder, commit } = repository();
  writeFileSync(join(folder, '.gitattributes'), 'net/** export-ignore\n');
  commit(443);
  commit(22);
  expect(await told({ before: 'HEAD~1', after: 'HEAD' })).toMatchObject({
    exitCode: 1,
    lines: expect.arrayContaining(['+ internet → aws_instance.web  tcp/22  works: delivered and answered']),
  });
});

test('what is neither a path nor a revision is refused, and a path of which a revision has nothing too', async () => {
  const { commit } = repository();
  commit(443);
  await expect(told({ before: 'nowhere', after: 'HEAD' })).rejects.toThrow(
    /^could not read nowhere: it is no file, no directory and no git revision here/,
  );
  await expect(told({ before: '--output=x', after: 'HEAD' })).rejects.toThrow('no git revision');
  await expect(told({ before: 'HEAD', after: 'net', path: '../elsewhere' })).rejects.toThrow(
    'outside the repository',
  );
  await expect(told({ before: 'HEAD', after: 'net', path: 'absent' })).rejects.toThrow(
    'there is no such file',
  );
});
