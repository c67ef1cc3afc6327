/** What `compileFabric` produces: text for `ip -batch` and `nft -f`, and what each counter in it stands for. */
import type { Direction } from '../vpc/model.ts';

/** Which part of the network judged a packet. */
export type Layer =
  | 'security-group'
  | 'network-acl'
  | 'route-table'
  | 'internet-gateway'
  | 'gateway-endpoint'
  | 'source-check';

/** Behind one rule counter: the Terraform address that the rule comes from, and what the rule does. */
export interface CounterMeaning {
  /** Namespace whose ruleset holds the counter. */
  readonly namespace: string;
  readonly layer: Layer;
  readonly direction: Direction;
  readonly verdict: 'allow' | 'deny';
  /** Terraform address of the rule, or of what brings the default. */
  readonly address: string;
  /** For people: the rule in words, or "default: …". */
  readonly text: string;
}

export interface FabricNode {
  /** Instance id, for example `gateway-0`. */
  readonly id: string;
  readonly namespace: string;
  readonly privateAddress: string;
  readonly publicAddress?: string;
}

export interface CompiledFabric {
  /** Namespace that routes: every packet between two interfaces crosses its forward hook. */
  readonly router: string;
  readonly internet: { readonly namespace: string; readonly address: string };
  readonly nodes: readonly FabricNode[];
  /** `ip -batch` text that makes namespaces and links, run first. */
  readonly links: string;
  /** `ip -batch` text by namespace, run inside it. */
  readonly addresses: Readonly<Record<string, string>>;
  /** `/proc/sys/net` path to value, by namespace; written before links come up. */
  readonly sysctls: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** `nft -f` text by namespace. */
  readonly rules: Readonly<Record<string, string>>;
  /** By the id that stands as the rule's comment. */
  readonly counters: Readonly<Record<string, CounterMeaning>>;
}
