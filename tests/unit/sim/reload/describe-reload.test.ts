import { expect, test } from 'vitest';
import { describeReload, type Reloaded } from '../../../../sim/reload/index.ts';

const nothing: Reloaded = {
  tookMs: 12.4,
  added: [],
  removed: [],
  remade: [],
  touched: [],
  unchanged: ['a', 'b'],
  started: [],
  stopped: [],
  restarted: [],
  changes: [],
  unknown: [],
  flows: 'before → after\nno flow opens, closes or changes\n',
};

test('says what differs, and nothing of what does not', () => {
  expect(describeReload(nothing)).toBe(
    'Reloaded in 12 ms; nothing differs\nbefore → after\nno flow opens, closes or changes\n',
  );
  const changed = {
    ...nothing,
    touched: ['aws_instance.web', 'the router of aws_vpc.main'],
    stopped: ['worker-1'],
  };
  expect(describeReload(changed).split('\n').slice(0, 3)).toStrictEqual([
    'Reloaded in 12 ms; 2 parts of the network were not touched',
    '  touched: aws_instance.web, the router of aws_vpc.main',
    '  stopped: worker-1',
  ]);
});
