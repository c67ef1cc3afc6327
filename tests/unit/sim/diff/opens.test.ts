import { expect, test } from 'vitest';
import { opens } from '../../../../sim/diff/opens.ts';
import type { Answer } from '../../../../sim/prove/index.ts';

const always: Answer = { kind: 'always' };
const never: Answer = { kind: 'never' };
const unknown: Answer = { kind: 'unknown', causes: [] };
const from = (...ports: readonly (readonly [number, number])[]): Answer => ({
  kind: 'depends',
  sourcePorts: ports.map(([first, last]) => ({ from: first, to: last })),
});

test.each<[string, Answer, Answer, boolean]>([
  ['an answer that is lost', always, never, false],
  ['an answer that comes', never, always, true],
  ['fewer source ports', from([1024, 50_000]), from([1024, 40_000]), false],
  ['more source ports', from([1024, 40_000]), from([1024, 50_000]), true],
  ['other source ports', from([1024, 2000]), from([3000, 4000]), true],
  ['a hole in the source ports', from([1024, 4000]), from([1024, 2000], [3000, 4000]), false],
  ['every source port', from([1024, 4000]), always, true],
  ['some of every source port', always, from([1024, 4000]), false],
  ['what is no longer known', never, unknown, true],
  ['what is known to be less', unknown, never, false],
  ['what is known at last', unknown, always, true],
  ['what stays unknown', unknown, unknown, false],
])('%s', (_, before, after, expected) => {
  const rest = { from: 'a', to: 'b', protocol: 'tcp', family: 4, ports: [] } as const;
  const change = (answers: (answer: Answer) => { delivered: Answer; verdict: Answer }) =>
    opens({ kind: 'changed', ...rest, before: answers(before), after: answers(after) });
  expect(change((answer) => ({ delivered: always, verdict: answer }))).toBe(expected);
  expect(change((answer) => ({ delivered: answer, verdict: never }))).toBe(expected);
});

test('what opens opens, and what closes does not', () => {
  const rest = { from: 'a', to: 'b', protocol: 'tcp', family: 4, ports: [] } as const;
  const works = { delivered: always, verdict: always };
  expect(opens({ kind: 'opened', ...rest, after: works })).toBe(true);
  expect(opens({ kind: 'closed', ...rest, before: works })).toBe(false);
});
