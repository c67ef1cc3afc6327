/**
 * Knows which connections stand in each namespace, from what the kernel tells of their beginnings and ends, and asks for the
 * counters of these alone: to list a namespace the kernel walks the table of all namespaces, some ten milliseconds.
 */
import {
  askForConnection,
  askForConnections,
  type CountedConnection,
  connectionEvent,
  parseConnection,
} from '../flow-logs/connection-messages.ts';
import type { NamespaceSwitch } from './namespace-switch.ts';
import { netlinkFamilies, openNetlinkSocket } from './netlink-socket.ts';

export interface StandingConnections {
  /** @returns whether it was told of an end. */
  hear(namespace: string, type: number, body: Buffer): boolean;
  /** Something was lost: the next count lists the namespace. */
  doubt(namespace: string): void;
  /** What they carried since they were last counted. */
  count(namespace: string): readonly CountedConnection[];
  forget(namespace: string): void;
}

/** Beyond, to list is no dearer. */
const knownMax = 5_000;

export function openStandingConnections(namespaces: NamespaceSwitch): StandingConnections {
  const known = new Map<string, Map<string, Buffer>>();
  const doubted = new Set<string>();
  const of = (namespace: string) => {
    const standing = known.get(namespace) ?? new Map<string, Buffer>();
    known.set(namespace, standing);
    return standing;
  };
  const keep = (namespace: string, type: number, body: Buffer) => {
    const event = connectionEvent(type, body);
    if (event === undefined) return false;
    const [standing, key] = [of(namespace), event.tuple.toString('latin1')];
    if (event.isEnd) standing.delete(key);
    else if (standing.size < knownMax) standing.set(key, event.tuple);
    else doubted.add(namespace);
    return event.isEnd;
  };
  return {
    hear: keep,
    doubt: (namespace) => void doubted.add(namespace),
    count(namespace) {
      const standing = of(namespace);
      const isListed = doubted.delete(namespace);
      if (standing.size === 0 && !isListed) return [];
      using socket = namespaces.runSync(namespace, () => openNetlinkSocket(netlinkFamilies.netfilter));
      const messages = isListed
        ? socket.dump(askForConnections())
        : socket.query([...standing.values()].map(askForConnection));
      if (isListed) {
        standing.clear();
        for (const { type, body } of messages) keep(namespace, type, body);
      }
      return messages.flatMap(({ type, body }) => parseConnection(type, body) ?? []);
    },
    forget(namespace) {
      known.delete(namespace);
      doubted.delete(namespace);
    },
  };
}
