import { expect, test } from 'vitest';
import { filesOnDisk } from '../../../../sim/terraform/files-on-disk.ts';
import { readTerraform } from '../../../../sim/terraform/index.ts';
import { writtenDirectory } from './written-directory.ts';

test('files are listed relative to the directory that is named, those below it too; a missing one has none', () => {
  using directory = writtenDirectory({ 'a/one.txt': '1', 'a/b/two.txt': '2', 'three.txt': '3' });
  const files = filesOnDisk(directory.path);
  expect(files.listFiles('a')).toEqual(['b/two.txt', 'one.txt']);
  expect(files.listFiles(directory.file('a/b'))).toEqual(['two.txt']);
  expect(files.listFiles('none')).toEqual([]);
  expect(files.listFiles('three.txt')).toEqual([]);
});

test('fileset makes an instance for each file, and the hash of a package that is not built yet is not known', async () => {
  using directory = writtenDirectory({
    'main.tf.json': {
      resource: {
        t: {
          x: {
            for_each: `\${setunion(fileset("\${path.module}/a", "**/*.txt"), fileset("none", "*"))}`,
            hash: `\${filebase64sha256("package.zip")}`,
            other: `\${filemd5("a/one.txt")}`,
          },
        },
      },
    },
    'a/one.txt': '1',
    'a/b/two.txt': '2',
  });
  const { resources, evaluation } = await readTerraform(directory.path);
  expect([...resources.keys()]).toEqual(['t.x["b/two.txt"]', 't.x["one.txt"]']);
  const block = resources.get('t.x["one.txt"]');
  const read = (name: string) =>
    block &&
    evaluation.evaluate(block.body[name] ?? null, { ...block, field: name, path: [...block.path, name] });
  expect(read('hash')).toEqual({ kind: 'unknown', reason: 'there is no file "package.zip" yet' });
  expect(read('other')).toBe('c4ca4238a0b923820dcc509a6f75849b');
});
