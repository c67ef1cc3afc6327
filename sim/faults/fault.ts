/** What may be broken in a running fabric, and how. Names are those of the network: a machine's id, a Terraform address, `internet`. */

export type FaultTarget =
  /** All links of it: a machine, every member of a group, a NAT gateway, the internet. */
  | { readonly kind: 'node'; readonly node: string }
  /** What two send each other; each a node, a zone or a program. */
  | { readonly kind: 'link'; readonly between: readonly [string, string] }
  /** What one sends the other; the way back stays. */
  | { readonly kind: 'direction'; readonly from: string; readonly to: string }
  /** All links of every interface and NAT gateway in it. */
  | { readonly kind: 'availability-zone'; readonly availabilityZone: string }
  /** All links of the machines tagged so, in one zone or in all: `engine`. */
  | { readonly kind: 'program'; readonly program: string; readonly availabilityZone?: string };

export type FaultEffect =
  | { readonly kind: 'cut' }
  /** Above 0, at most 100; each packet by itself, in each direction. */
  | { readonly kind: 'loss'; readonly percent: number }
  /** Of all links of a node, a zone or a program; of each direction by itself. */
  | { readonly kind: 'bandwidth'; readonly bitsPerSecond: number };

export interface Fault {
  readonly target: FaultTarget;
  readonly effect: FaultEffect;
}
