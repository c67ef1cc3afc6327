/** Traffic on both sides of the borders that random models have. */

import fc from 'fast-check';
import type { Traffic } from '../../../../sim/prove/index.ts';

const PORTS = [
  0, 1, 21, 22, 23, 79, 80, 81, 442, 443, 444, 1022, 1023, 1024, 1025, 1026, 4999, 5000, 5001, 32_767, 32_768,
  32_769, 60_998, 60_999, 61_000, 61_001, 65_534, 65_535,
];

export const randomTraffic: fc.Arbitrary<Traffic> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      sourcePort: fc.constant(1024),
      port: fc.constantFrom(...PORTS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      protocol: fc.constant('icmp' as const),
      type: fc.constantFrom(0, 3, 8, 9, 128, 129),
      code: fc.constantFrom(0, 1, 4, 255),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Traffic>({ protocol: 47 }, { protocol: 50 }, { protocol: 0 }) },
);
