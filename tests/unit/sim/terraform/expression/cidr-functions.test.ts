import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../../../../../sim/terraform/cidr.ts';
import { failureOf } from '../written.ts';
import { evaluateText } from './evaluated.ts';

interface Block {
  readonly bits: 32 | 128;
  readonly base: bigint;
  readonly prefix: number;
}

/** Any block of either family, with host bits set now and then. IPv6 keeps out of the IPv4-mapped range. */
const anyBlock: fc.Arbitrary<Block> = fc.oneof(
  fc.record({
    bits: fc.constant(32 as const),
    base: fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }),
    prefix: fc.integer({ min: 0, max: 32 }),
  }),
  fc.record({
    bits: fc.constant(128 as const),
    base: fc.bigInt({ min: 2n ** 100n, max: 2n ** 128n - 1n }),
    prefix: fc.integer({ min: 0, max: 128 }),
  }),
);

function text({ bits, base, prefix }: Block): string {
  return `${formatAddress({ family: bits === 32 ? 4 : 6, value: base })}/${prefix}`;
}

/** The first address of the block. */
function start({ bits, base, prefix }: Block): bigint {
  const size = 2n ** BigInt(bits - prefix);
  return base - (base % size);
}

function numberOf(address: unknown): bigint | undefined {
  return parseAddress(String(address).split('/')[0] ?? '')?.value;
}

test('cidrhost adds to the first address, or counts back from the end, or refuses what lies outside', () => {
  fc.assert(
    fc.property(anyBlock, fc.maxSafeInteger(), (block, host) => {
      const size = 2n ** BigInt(block.bits - block.prefix);
      const offset = host < 0 ? size + BigInt(host) : BigInt(host);
      const call = () => evaluateText(`cidrhost("${text(block)}", ${host})`);
      if (offset < 0n || offset >= size) {
        expect(failureOf(call).message).toContain('does not hold host number');
      } else expect(numberOf(call())).toBe(start(block) + offset);
    }),
    { numRuns: 120 },
  );
});

test('cidrsubnet is the block of that number among those of its size, or is refused', () => {
  fc.assert(
    fc.property(anyBlock, fc.nat({ max: 40 }), fc.nat({ max: 5_000 }), (block, newBits, number) => {
      const prefix = block.prefix + newBits;
      const call = () => evaluateText(`cidrsubnet("${text(block)}", ${newBits}, ${number})`);
      if (prefix > block.bits || BigInt(number) >= 2n ** BigInt(newBits)) {
        expect(failureOf(call).message).toMatch(/do not (fit into|hold network number)/);
        return;
      }
      const found = call();
      expect(numberOf(found)).toBe(start(block) + BigInt(number) * 2n ** BigInt(block.bits - prefix));
      expect(String(found).endsWith(`/${prefix}`)).toBe(true);
    }),
    { numRuns: 120 },
  );
});

test('cidrsubnets gives blocks of the asked sizes, in order, apart, aligned and inside, none further than it must', () => {
  fc.assert(
    fc.property(
      anyBlock,
      fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 6 }),
      (block, sizes) => {
        const call = () => evaluateText(`cidrsubnets("${text(block)}", ${sizes.join(', ')})`);
        const end = start(block) + 2n ** BigInt(block.bits - block.prefix);
        let next = start(block);
        const wanted: bigint[] = [];
        for (const newBits of sizes) {
          const hostBits = block.bits - block.prefix - newBits;
          if (hostBits < 0) {
            expect(failureOf(call).message).toContain('do not fit into');
            return;
          }
          const size = 2n ** BigInt(hostBits);
          while (next % size !== 0n) next += size - (next % size);
          if (next + size > end) {
            expect(failureOf(call).message).toContain('has no room left');
            return;
          }
          wanted.push(next);
          next += size;
        }
        const found = call();
        expect(Array.isArray(found) && found.map(numberOf)).toEqual(wanted);
      },
    ),
    { numRuns: 120 },
  );
});
