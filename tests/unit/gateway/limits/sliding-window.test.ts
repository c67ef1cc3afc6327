import { expect, it } from 'vitest';
import { addTo, currentSlots, waitMsFor } from '../../../../src/gateway/limits/sliding-window.ts';

it('keeps each second once, in order, and none at or below zero', () => {
  const slots = addTo(addTo(addTo([], 7, 3), 5, 1), 7, 2);
  expect(slots).toEqual([
    [5, 1],
    [7, 5],
  ]);
  expect(addTo(slots, 7, -9)).toEqual([[5, 1]]);
  expect(addTo(slots, 6, -1)).toEqual(slots);
});

it('counts a second until all of it is 60 seconds past', () => {
  const slots = addTo([], 100, 1);
  expect(currentSlots(slots, 160_999)).toEqual(slots);
  expect(currentSlots(slots, 161_000)).toEqual([]);
  expect(waitMsFor(slots, { amount: 1, limit: 1, nowUnixMs: 160_999 })).toBe(1);
});
