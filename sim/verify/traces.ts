/** One packet of a row of the proof, followed through every layer: where it breaks, what admitted it, and its way in words. */

import type { Family, LayerVerdict } from '../prove/index.ts';

export interface TraceRequest {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly family: Family;
  /** Sent to the receiver's public address. */
  readonly isByPublicAddress?: boolean;
  /** Destination port, or ICMP type. */
  readonly port: number;
  /** Of 1024 to 65535; absent: one that clients use. */
  readonly sourcePort?: number;
}

export interface Trace {
  readonly lines: readonly string[];
  /** The first layer that denies, there or back. */
  readonly denied?: LayerVerdict;
  /** The last layer that let the packet in by a rule of its own. */
  readonly admitted?: LayerVerdict;
}

export interface Traces {
  /** Undefined where the names stand for nothing that could send or be sent to. */
  trace(request: TraceRequest): Trace | undefined;
}

/** Following a packet costs a little, and a thousand findings have few causes: beyond so many, none is followed. */
export const tracesMax = 500;

/** What a finding says whose packet is not followed, so that nobody looks for a reason in it. */
export const notFollowed = ` (packets of ${tracesMax} others were followed, which is the limit: mend those, and run it again for what drops or admits this one)`;
