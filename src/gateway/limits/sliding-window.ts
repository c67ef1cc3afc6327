/**
 * Sums over the last 60 seconds, in slots of one second. A slot counts until all of it is past, so that no window of 60 seconds,
 * wherever it begins, holds more than the limit; it may hold a second's worth less. Pure.
 */

/** `[second, amount]`, oldest first, each second once. */
export type WindowSlots = readonly (readonly [second: number, amount: number])[];

export const windowSeconds = 60;

export function secondOf(unixMs: number): number {
  return Math.floor(unixMs / 1000);
}

/** Without what is past. */
export function currentSlots(slots: WindowSlots, nowUnixMs: number): WindowSlots {
  const oldest = secondOf(nowUnixMs) - windowSeconds;
  // They are in order, so where the first is not past none is.
  return (slots[0]?.[0] ?? oldest) >= oldest ? slots : slots.filter(([second]) => second >= oldest);
}

export function sumOf(slots: WindowSlots): number {
  let sum = 0;
  for (const slot of slots) sum += slot[1];
  return sum;
}

/** @param amount may be negative; no slot falls below 0. */
export function addTo(slots: WindowSlots, second: number, amount: number): WindowSlots {
  // Nearly always the last.
  const at = slots.findLastIndex((slot) => slot[0] <= second);
  const found = slots[at];
  if (found?.[0] !== second) return amount > 0 ? slots.toSpliced(at + 1, 0, [second, amount]) : slots;
  const next = found[1] + amount;
  return next > 0 ? slots.with(at, [second, next]) : slots.toSpliced(at, 1);
}

/**
 * Milliseconds until `amount` fits below `limit`, if nothing else comes. 0: it fits now. `undefined`: it never does.
 * @param slots current ones.
 */
export function waitMsFor(
  slots: WindowSlots,
  {
    amount,
    limit,
    nowUnixMs,
  }: { readonly amount: number; readonly limit: number; readonly nowUnixMs: number },
): number | undefined {
  if (amount > limit) return undefined;
  let sum = sumOf(slots);
  let freeUnixMs = nowUnixMs;
  for (const [second, held] of slots) {
    if (sum + amount <= limit) break;
    sum -= held;
    freeUnixMs = (second + windowSeconds + 1) * 1000;
  }
  return Math.max(freeUnixMs - nowUnixMs, 0);
}
