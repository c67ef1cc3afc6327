import { beforeEach, expect, test, vi } from 'vitest';
import { compileFabric } from '../../../../sim/compile/index.ts';
import { openDeploymentFaults } from '../../../../sim/deployment/deployment-faults.ts';
import { DrydockError } from '../../../../sim/errors.ts';
import { wideVpc } from '../wide-vpc.ts';

const fabric = compileFabric(wideVpc());

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  return () => vi.useRealTimers();
});

/** With what is done to the fabric and its programs, in order. */
function open(options: { readonly refuses?: boolean } = {}) {
  const done: string[] = [];
  const does = async (what: string) => void done.push(what);
  const faults = openDeploymentFaults({
    fabric: () => fabric,
    programs: () => ['web', 'app'],
    async inject({ target, effect }) {
      if (options.refuses)
        throw new DrydockError('SIM_FABRIC_FAILED', 'could not load it: broken; start again');
      const text = `${effect.kind} ${target.kind}`;
      done.push(text);
      return { heal: () => does(`heal ${text}`) };
    },
    kill: (ids, isForGood) => does(`kill ${ids.join('+')}${isForGood ? ' for good' : ''}`),
    startAgain: (ids) => does(`start ${ids.join('+')}`),
    setFrozen: (ids, isFrozen) => does(`${isFrozen ? 'freeze' : 'thaw'} ${ids.join('+')}`),
    now: Date.now,
    onHealed: ({ id }) => done.push(`told ${id}`),
  });
  return { faults, done };
}

test('lists what is in force, with what it hits and until when', async () => {
  const { faults } = open();
  await faults.cut('web/app', { isOneWay: true });
  vi.advanceTimersByTime(1_000);
  const placed = await faults.freeze('aws_network_interface.web', { seconds: 3 });
  expect(placed).toMatchObject({ id: 'f2', hits: ['web'] });
  expect(faults.inForce()).toStrictEqual([
    {
      ...{ id: 'f1', kind: 'cut', target: 'web/app', effect: 'cut off one way' },
      ...{ hits: ['web', 'app'], sinceMs: 0 },
    },
    {
      ...{ id: 'f2', kind: 'freeze', target: 'aws_network_interface.web', effect: 'frozen' },
      ...{ hits: ['web'], sinceMs: 1_000, untilMs: 4_000 },
    },
  ]);
});

const effects: readonly [
  what: string,
  place: (faults: ReturnType<typeof open>['faults']) => Promise<unknown>,
  effect: string,
  done: readonly string[],
][] = [
  ['a cut', (faults) => faults.cut('web'), 'cut off', ['cut node', 'heal cut node']],
  [
    'a loss one way',
    (faults) => faults.lose('web/app', { percent: 20, isOneWay: true }),
    'loses 20 % of all packets one way',
    ['loss direction', 'heal loss direction'],
  ],
  [
    'a limit',
    (faults) => faults.limit('web', { bitsPerSecond: 2_500_000 }),
    'held to 2.5 Mbit/s',
    ['bandwidth node', 'heal bandwidth node'],
  ],
  ['a frost', (faults) => faults.freeze('web'), 'frozen', ['freeze web', 'thaw web']],
  [
    'a death for good',
    (faults) => faults.kill('app', { isForGood: true }),
    'killed for good',
    ['kill app for good', 'start app'],
  ],
];

test.each(effects)('places and heals %s', async (_what, place, effect, expected) => {
  const { faults, done } = open();
  await place(faults);
  expect(faults.inForce()).toMatchObject([{ effect }]);
  const { healed } = await faults.heal('all');
  expect(healed).toMatchObject([{ effect }]);
  expect(done).toStrictEqual(expected);
  expect(faults.inForce()).toStrictEqual([]);
});

test('leaves nothing in force by a kill that the unit undoes', async () => {
  const { faults, done } = open();
  const placed = await faults.kill('app');
  expect(faults.inForce()).toStrictEqual([]);
  await placed.heal();
  expect(done).toStrictEqual(['kill app']);
  await expect(faults.kill('app', { seconds: 3 })).rejects.toThrow(/starts again by its unit; say for good/);
});

test('heals by itself after its time, once, and tells so', async () => {
  const { faults, done } = open();
  await faults.cut('web', { seconds: 2 });
  await faults.cut('app', { seconds: 2 });
  await faults.heal('app');
  await vi.advanceTimersByTimeAsync(1_999);
  expect(done).not.toContain('told f1');
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toStrictEqual(['cut node', 'cut node', 'heal cut node', 'heal cut node', 'told f1']);
  expect(faults.inForce()).toStrictEqual([]);
});

test('heals by target, by id, by a machine that is frozen, and thaws what is frozen alone', async () => {
  const { faults, done } = open();
  for (const target of ['web', 'app', 'web/app']) await faults.cut(target);
  await faults.freeze('aws_network_interface.web');
  await faults.freeze('app');
  await faults.thaw('app');
  expect(faults.inForce().map(({ id }) => id)).toStrictEqual(['f1', 'f2', 'f3', 'f4']);
  await faults.heal('f3');
  await faults.heal('web');
  expect(faults.inForce().map(({ id }) => id)).toStrictEqual(['f2', 'f4']);
  // It goes by another name.
  await faults.heal('web');
  expect(faults.inForce().map(({ id }) => id)).toStrictEqual(['f2']);
  await expect(faults.heal('web')).rejects.toThrow(
    /^could not heal the fault: nothing is broken under the name web; \.\/drydock status lists/,
  );
  await faults.heal('all');
  await expect(faults.heal('web')).rejects.toThrow(/no fault is in force$/);
  expect((await faults.heal('all')).healed).toStrictEqual([]);
  expect(done.filter((what) => what.startsWith('thaw'))).toStrictEqual(['thaw app', 'thaw web']);
});

test('forgets a frost with the program that had it, and a death when it was started again', async () => {
  const { faults, done } = open();
  await faults.freeze('web', { seconds: 5 });
  await faults.kill('app', { isForGood: true });
  faults.programEnded('web');
  expect(faults.inForce()).toMatchObject([{ kind: 'kill' }]);
  faults.programStarted('app');
  expect(faults.inForce()).toStrictEqual([]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(done).toStrictEqual(['freeze web', 'kill app for good']);
});

test.each<[why: string, place: (faults: ReturnType<typeof open>['faults']) => Promise<unknown>, RegExp]>([
  ['an unknown target', (faults) => faults.cut('nobody'), /could not find nobody: .* there are /],
  [
    'no program',
    (faults) => faults.freeze('aws_nat_gateway.main'),
    /nothing runs at aws_nat_gateway\.main; /,
  ],
  ['a time that is none', (faults) => faults.cut('web', { seconds: 0 }), /0 s is no time/],
  ['more than a day', (faults) => faults.cut('web', { seconds: 86_401 }), /86401 s is no time/],
])('refuses %s and does nothing', async (_why, place, message) => {
  const { faults, done } = open();
  await expect(place(faults)).rejects.toThrow(message);
  expect(done).toStrictEqual([]);
  expect(faults.inForce()).toStrictEqual([]);
});

test('has nothing in force that the fabric refused', async () => {
  const { faults } = open({ refuses: true });
  await expect(faults.cut('web')).rejects.toMatchObject({ code: 'SIM_FABRIC_FAILED' });
  expect(faults.inForce()).toStrictEqual([]);
});

test('is bounded', async () => {
  const { faults } = open();
  for (let index = 0; index < 256; index++) await faults.freeze('web');
  await expect(faults.freeze('web')).rejects.toThrow(/256 are in force; heal some of them first/);
});

test('heals nothing by itself once it is closed', async () => {
  const { faults, done } = open();
  await faults.cut('web', { seconds: 1 });
  faults.close();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(done).toStrictEqual(['cut node']);
});
