/** Adds up what connections carried and what was refused, until the aggregation interval ends. Pure, and bounded. */
import type { Direction } from '../../compile/index.ts';
import { addressText } from '../addresses.ts';
import type { Counted, CountedConnection } from './connection-messages.ts';
import type { FlowAction, FlowInterval, FlowRecord, FlowTuple } from './flow.ts';
import { addressKey, type MonitoredInterface } from './monitored-interfaces.ts';
import type { RefusedPacket } from './refusal-messages.ts';

export interface OpenInterval {
  addConnection(at: MonitoredInterface, connection: CountedConnection, nowMs: number): void;
  addRefusal(at: MonitoredInterface, refusal: RefusedPacket, nowMs: number): void;
  /** Something was lost before it could be read. */
  markLost(at: MonitoredInterface): void;
  close(monitored: readonly MonitoredInterface[], endMs: number): FlowInterval;
}

/** More in one interval are skipped, and AWS's SKIPDATA says so. */
const flowsMax = 50_000;
const icmpProtocols: readonly number[] = [1, 58];

interface Flow extends FlowTuple {
  readonly interface: string;
  readonly direction: Direction;
  readonly action: FlowAction;
  readonly refusedBy?: string;
  packets: number;
  bytes: number;
  firstMs: number;
  lastMs: number;
}

/** @param limit of flows kept. */
export function openInterval(startMs: number, limit = flowsMax): OpenInterval {
  const flows = new Map<string, Flow>();
  /** Refused, and counted by connection tracking all the same. */
  const uncounted = new Map<string, { packets: number; bytes: number }>();
  const skipped = new Set<string>();

  const add = (flow: Omit<Flow, 'firstMs'>, firstMs: number) => {
    const key = `${flow.action} ${keyOf(flow)}`;
    const known = flows.get(key);
    if (known !== undefined) {
      known.packets += flow.packets;
      known.bytes += flow.bytes;
      known.lastMs = Math.max(known.lastMs, flow.lastMs);
      known.firstMs = Math.min(known.firstMs, firstMs);
    } else if (flows.size < limit) {
      // Addresses are views of a buffer that is read into again.
      const [source, destination] = [Buffer.from(flow.source), Buffer.from(flow.destination)];
      flows.set(key, { ...flow, source, destination, firstMs });
    } else skipped.add(flow.interface);
  };

  return {
    addConnection(at, connection, nowMs) {
      const firstMs = Math.max(startMs, connection.startMs ?? startMs);
      for (const { direction, way } of waysAt(at, connection)) {
        if (way.packets === 0 || !isLogged(at, direction, way)) continue;
        const shown = shownAt(at, direction, way);
        add(
          { ...shown, ...counted(way), interface: at.name, direction, action: 'ACCEPT', lastMs: nowMs },
          firstMs,
        );
      }
    },
    addRefusal(at, refusal, nowMs) {
      const { direction, refusedBy, bytes } = refusal;
      if (!isLogged(at, direction, refusal)) return;
      const shown = shownAt(at, direction, refusal);
      const flow = { ...shown, interface: at.name, direction, packets: 1, bytes, lastMs: nowMs };
      add({ ...flow, action: 'REJECT', refusedBy }, nowMs);
      // A network ACL judges what the interface has sent and counted already.
      if (!refusal.isCounted && !(isFromRouter(refusal) && direction === 'egress')) return;
      const key = keyOf({ ...flow, action: 'ACCEPT' });
      const known = uncounted.get(key) ?? { packets: 0, bytes: 0 };
      uncounted.set(key, { packets: known.packets + 1, bytes: known.bytes + bytes });
    },
    markLost: ({ name }) => void skipped.add(name),
    close(monitored, endMs) {
      const records = [...flows.values()].flatMap((flow) => recordOf(flow, uncounted.get(keyOf(flow))));
      const heard = new Set([...records.map((record) => record.interface), ...skipped]);
      return {
        start: seconds(startMs),
        end: seconds(endMs),
        records,
        silent: monitored.map(({ name }) => name).filter((name) => !heard.has(name)),
        skipped: [...skipped],
      };
    },
  };
}

function keyOf({
  direction,
  protocol,
  source,
  destination,
  sourcePort,
  port,
  ...flow
}: Omit<Flow, 'firstMs'>) {
  const ends = `${addressKey(source)}${addressKey(destination)}`;
  return `${flow.interface} ${direction} ${protocol} ${sourcePort} ${port} ${ends}`;
}

const isFromRouter = ({ fromLink, toLink }: RefusedPacket) => fromLink !== 0 && toLink !== 0;
const counted = ({ packets, bytes }: Counted): Counted => ({ packets, bytes });

interface Way {
  readonly direction: Direction;
  readonly way: FlowTuple & Counted;
}

/** What of a connection leaves and enters by the interface. */
function waysAt(at: MonitoredInterface, { original, reply }: CountedConnection): readonly Way[] {
  const isOwn = (address: Buffer) => at.addresses.some((own) => own.equals(address));
  if (at.isNatGateway) {
    // Translated on its way: in for somebody else, out under its own address, and the answer likewise.
    const outwards = { ...turned(reply), ...counted(original) };
    const backwards = { ...turned(original), ...counted(reply) };
    return [
      { direction: 'ingress', way: original },
      { direction: 'egress', way: outwards },
      { direction: 'ingress', way: reply },
      { direction: 'egress', way: backwards },
    ];
  }
  const [sends, receives] = [isOwn(original.source), isOwn(original.destination)];
  // To itself, or for nobody here.
  if (sends === receives) return [];
  return sends
    ? [
        { direction: 'egress', way: original },
        { direction: 'ingress', way: reply },
      ]
    : [
        { direction: 'ingress', way: original },
        { direction: 'egress', way: reply },
      ];
}

function turned({ protocol, source, destination, sourcePort, port }: FlowTuple): FlowTuple {
  return { protocol, source: destination, destination: source, sourcePort: port, port: sourcePort };
}

function isLogged(at: MonitoredInterface, direction: Direction, { source, destination }: FlowTuple): boolean {
  const peer = direction === 'egress' ? destination : source;
  return !isMulticast(source) && !isMulticast(destination) && !at.unlogged.has(addressKey(peer));
}

/** And broadcast. */
function isMulticast([first = 0, ...rest]: Buffer): boolean {
  return rest.length === 3 ? first >= 224 : first === 0xff;
}

/** Flow logs show a private address of the interface wherever it is the end of the way. */
function shownAt(at: MonitoredInterface, direction: Direction, way: FlowTuple): FlowTuple {
  const own = at.addresses.find(({ length }) => length === way.source.length);
  const ports = icmpProtocols.includes(way.protocol) ? { sourcePort: 0, port: 0 } : way;
  return {
    protocol: way.protocol,
    source: direction === 'egress' ? (own ?? way.source) : way.source,
    destination: direction === 'ingress' ? (own ?? way.destination) : way.destination,
    sourcePort: ports.sourcePort,
    port: ports.port,
  };
}

function recordOf(flow: Flow, refused: Counted | undefined): readonly FlowRecord[] {
  const less = flow.action === 'ACCEPT' ? refused : undefined;
  const packets = flow.packets - (less?.packets ?? 0);
  if (packets <= 0) return [];
  const { direction, action, protocol, sourcePort, port, refusedBy } = flow;
  return [
    {
      interface: flow.interface,
      direction,
      action,
      protocol,
      source: addressText(flow.source),
      destination: addressText(flow.destination),
      sourcePort,
      port,
      packets,
      bytes: Math.max(0, flow.bytes - (less?.bytes ?? 0)),
      start: seconds(flow.firstMs),
      end: seconds(flow.lastMs),
      ...(refusedBy !== undefined && { refusedBy }),
    },
  ];
}

const seconds = (ms: number) => Math.floor(ms / 1_000);
