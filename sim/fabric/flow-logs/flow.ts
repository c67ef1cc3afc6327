/** What one direction of one flow did at one interface during one aggregation interval. */
import type { Direction } from '../../compile/index.ts';

export type FlowAction = 'ACCEPT' | 'REJECT';

/** One packet's way at the interface. Ports are 0 where the protocol has none. */
export interface FlowTuple {
  readonly protocol: number;
  /** 4 or 16 bytes. */
  readonly source: Buffer;
  readonly destination: Buffer;
  readonly sourcePort: number;
  readonly port: number;
}

/** As it passes from the supervisor to the process outside. */
export interface FlowRecord {
  /** The interface's name for people, or the NAT gateway's address. */
  readonly interface: string;
  readonly direction: Direction;
  readonly action: FlowAction;
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly port: number;
  readonly packets: number;
  readonly bytes: number;
  /** Unix seconds, within the interval. */
  readonly start: number;
  readonly end: number;
  /** Counter id of what refused it. */
  readonly refusedBy?: string;
}

export interface FlowInterval {
  /** Unix seconds. */
  readonly start: number;
  readonly end: number;
  readonly records: readonly FlowRecord[];
  /** Monitored, and without a record. */
  readonly silent: readonly string[];
  /** Some of whose flows could not be kept. */
  readonly skipped: readonly string[];
}
