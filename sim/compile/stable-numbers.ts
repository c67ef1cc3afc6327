/**
 * Numbers for what Linux knows by number alone: link groups and routing tables. Each follows from the address that it stands
 * for, so that a part that stays between two versions of a configuration keeps its number.
 */
import { createHash } from 'node:crypto';

/** Above what Linux and the fabric use themselves: tables 100 to 255, the group of the gateways. */
const first = 0x1_0000;
const count = 0x100_0000;

/** Two that would share a number are rare, and then the later one in the alphabet moves on. */
export function stableNumbers(
  parts: readonly { readonly address: string }[],
): (part: { readonly address: string }) => number {
  const numbers = new Map<string, number>();
  const taken = new Set<number>();
  for (const address of parts.map((part) => part.address).sort()) {
    let number = createHash('sha256').update(address).digest().readUInt32BE(0) % count;
    while (taken.has(number)) number = (number + 1) % count;
    taken.add(number);
    numbers.set(address, first + number);
  }
  return ({ address }) => {
    const number = numbers.get(address);
    if (number === undefined) throw new TypeError(`${address} was given no number`);
    return number;
  };
}
