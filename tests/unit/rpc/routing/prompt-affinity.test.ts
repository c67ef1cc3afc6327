import fc from 'fast-check';
import { expect, test } from 'vitest';
import { affinityKeyOf, rankByAffinity } from '../../../../src/rpc/routing/prompt-affinity.ts';
import { requestFor } from '../transport/cluster.ts';

const long = 'You are a careful assistant. '.repeat(30);
const [system, question] = [
  { role: 'system', content: long },
  { role: 'user', content: 'What is it?' },
] as const;
const tools = {
  functions: [{ name: 'f', description: long, parameters: '{}', isStrict: true }],
  isRequired: false,
  isParallel: true,
};
const answer = { role: 'assistant', content: 'It is.' } as const;

test('all turns of a conversation have one key, and other beginnings have others', () => {
  const key = affinityKeyOf(requestFor({ messages: [system, question] }));
  const later = [system, question, answer, { role: 'user', content: 'And now?' } as const];
  expect(affinityKeyOf(requestFor({ messages: later }))).toBe(key);
  const others = [
    requestFor({ messages: [system, { ...question, content: 'Why?' }] }),
    requestFor({ messages: [{ ...system, role: 'user' }, question] }),
    requestFor({ messages: [system, question], model: 'other' }),
    requestFor({ messages: [system, question], tools }),
    requestFor({ messages: [], prompt: long }),
  ];
  expect(new Set([key, ...others.map(affinityKeyOf)]).size).toBe(6);
  // They stand at the beginning of the prompt, and may make a short one long.
  expect(affinityKeyOf(requestFor({ messages: [question], tools }))).toBeDefined();
});

test('a short prompt has no key, and neither has its own answer one that differs by its end', () => {
  expect(affinityKeyOf(requestFor({ messages: [question] }))).toBeUndefined();
  const [one, two] = ['a', 'b'].map((end) => requestFor({ messages: [], prompt: long.repeat(20) + end }));
  expect(one && affinityKeyOf(one)).toBe(two && affinityKeyOf(two));
});

const workers = fc.uniqueArray(
  fc.record({ workerId: fc.stringMatching(/^w[a-z0-9]{1,6}$/), slots: fc.integer({ min: 1, max: 8 }) }),
  { minLength: 1, maxLength: 8, selector: ({ workerId }) => workerId },
);

test('a worker that leaves moves no key but its own', () => {
  fc.assert(
    fc.property(workers, fc.string(), fc.nat(), (all, key, at) => {
      const ranked = rankByAffinity(all, key);
      expect(new Set(ranked)).toEqual(new Set(all));
      const gone = all[at % all.length];
      const left = all.filter((worker) => worker !== gone);
      expect(rankByAffinity(left, key)).toEqual(ranked.filter((worker) => worker !== gone));
    }),
    { numRuns: 200 },
  );
});

test('does not depend on the order of the workers', () => {
  fc.assert(
    fc.property(workers, fc.string(), (all, key) => {
      expect(rankByAffinity([...all].reverse(), key)).toEqual(rankByAffinity(all, key));
    }),
    { numRuns: 100 },
  );
});

test('keys spread over workers by their slots', () => {
  const all = [
    { workerId: 'worker-0', slots: 1 },
    { workerId: 'worker-1', slots: 1 },
    { workerId: 'worker-2', slots: 2 },
  ];
  const counts = new Map(all.map((worker) => [worker.workerId, 0]));
  for (let key = 0; key < 4000; key += 1) {
    const [first] = rankByAffinity(all, `key-${key}`);
    if (first !== undefined) counts.set(first.workerId, (counts.get(first.workerId) ?? 0) + 1);
  }
  for (const { workerId, slots } of all) {
    expect(counts.get(workerId)).toBeGreaterThan(slots * 900);
    expect(counts.get(workerId)).toBeLessThan(slots * 1100);
  }
});
