import { expect, test } from 'vitest';
import { mentionsIn } from '../../../../../sim/terraform/plan/references.ts';
import { splitAddress } from '../../../../../sim/terraform/plan/split-address.ts';

test.each([
  [
    'each reference once',
    ['aws_vpc.a.id', 'aws_vpc.a', 'aws_vpc.b.id', 'aws_vpc.b'],
    ['aws_vpc.a.id', 'aws_vpc.b.id'],
  ],
  [
    'the same one twice',
    ['aws_vpc.a.id', 'aws_vpc.a', 'aws_vpc.a.id', 'aws_vpc.a'],
    ['aws_vpc.a.id', 'aws_vpc.a.id'],
  ],
  [
    'a whole resource after its attribute',
    ['aws_vpc.a.id', 'aws_vpc.a', 'aws_vpc.a'],
    ['aws_vpc.a.id', 'aws_vpc.a'],
  ],
  [
    'an instance, its resource at the end',
    ['aws_subnet.a["x.y"].id', 'aws_subnet.a["x.y"]', 'aws_subnet.a', 'count.index'],
    ['aws_subnet.a["x.y"].id', 'count.index'],
  ],
  [
    'all modules after one of them',
    ['module.net["dev"].vpc_id', 'module.net["dev"]', 'module.net', 'var.pick'],
    ['module.net["dev"].vpc_id', 'module.net', 'var.pick'],
  ],
  ['a member of an output', ['module.a.list[0]', 'module.a.list', 'module.a'], ['module.a.list[0]']],
  [
    'each, var and local',
    ['each.value.id', 'each.value', 'var.a', 'local.b[0]', 'local.b'],
    ['each.value.id', 'var.a', 'local.b[0]'],
  ],
])('reads %s from the list', (_, references, mentions) => {
  expect(mentionsIn({ references }).map(({ text }) => text)).toEqual(mentions);
});

test('keys may hold dots, brackets and quotes', () => {
  expect(splitAddress('module.a["x.y"].aws_subnet.b["[\\"q\\"]"][0].id')).toEqual([
    { name: 'module', keys: [] },
    { name: 'a', keys: ['["x.y"]'] },
    { name: 'aws_subnet', keys: [] },
    { name: 'b', keys: ['["[\\"q\\"]"]', '[0]'] },
    { name: 'id', keys: [] },
  ]);
  expect(splitAddress('a["x')).toBeUndefined();
});
