/** Reads every rule counter of the fabric. The rule's comment is the counter's id. */
import { z } from 'zod';
import type { AppliedFabric } from '../protocol.ts';
import type { FabricContext } from './make-namespaces.ts';

const listingSchema = z.object({
  nftables: z.array(
    z.object({
      rule: z
        .object({ comment: z.string().optional(), expr: z.array(z.record(z.string(), z.unknown())) })
        .optional(),
    }),
  ),
});
const counterSchema = z.object({ packets: z.number() });

/** Packets by counter id. */
export function readCounters(
  fabric: AppliedFabric,
  { nft, namespaces }: FabricContext,
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const namespace of Object.keys(fabric.rules)) {
    const text = namespaces.runSync(namespace, () => nft.list());
    for (const { rule } of listingSchema.parse(JSON.parse(text)).nftables) {
      const counter = rule?.expr.find((expression) => 'counter' in expression)?.counter;
      if (rule?.comment === undefined || counter === undefined) continue;
      counts[rule.comment] = counterSchema.parse(counter).packets;
    }
  }
  return counts;
}
