/** Reads every rule counter of the fabric. The rule's comment is the counter's id. */
import { z } from 'zod';
import type { CompiledFabric } from '../../compile/index.ts';
import { run } from './apply-fabric.ts';
import type { NamespaceSwitch } from './namespace-switch.ts';
import type { Tools } from './tools.ts';

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
  fabric: CompiledFabric,
  tools: Tools,
  namespaces: NamespaceSwitch,
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const namespace of Object.keys(fabric.rules)) {
    const text = namespaces.runSync(namespace, () =>
      run(tools.nft, ['-j', 'list', 'ruleset'], { what: `read the counters of ${namespace}` }),
    );
    for (const { rule } of listingSchema.parse(JSON.parse(text)).nftables) {
      const counter = rule?.expr.find((expression) => 'counter' in expression)?.counter;
      if (rule?.comment === undefined || counter === undefined) continue;
      counts[rule.comment] = counterSchema.parse(counter).packets;
    }
  }
  return counts;
}
