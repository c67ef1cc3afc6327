/** Makes a namespace forget single connections, so that a probe is never judged as part of an earlier one. */
import { attribute, type NetlinkMessage, nested, netlinkFlags } from '../netlink.ts';
import { errors } from './libc.ts';
import type { NamespaceSwitch } from './namespace-switch.ts';
import { type NetlinkSocket, netlinkFamilies, openNetlinkSocket } from './netlink-socket.ts';

/** As the namespace saw its first packet. */
export interface Connection {
  readonly protocol: 6 | 17;
  readonly source: Buffer;
  readonly destination: Buffer;
  readonly sourcePort: number;
  readonly port: number;
}

export interface FlowMemory extends Disposable {
  forget(namespace: string, connections: readonly Connection[]): void;
}

/** linux/netfilter/nfnetlink_conntrack.h */
const deleteConnection = (1 << 8) | 2;
const [tupleOriginal, tupleIp, tupleProtocol] = [1, 1, 2];

export function openFlowMemory(namespaces: NamespaceSwitch): FlowMemory {
  const open = new Map<string, NetlinkSocket>();
  const socketOf = (namespace: string) => {
    const known = open.get(namespace);
    if (known) return known;
    const socket = namespaces.runSync(namespace, () => openNetlinkSocket(netlinkFamilies.netfilter));
    open.set(namespace, socket);
    return socket;
  };
  return {
    forget(namespace, connections) {
      const replies = socketOf(namespace).ask(connections.map(deletion));
      const failed = replies.find(({ error }) => error !== 0 && error !== errors.noEntry);
      if (failed) throw new Error(`connections of ${namespace} stay (errno ${failed.error})`);
    },
    [Symbol.dispose]() {
      for (const socket of open.values()) socket[Symbol.dispose]();
    },
  };
}

function deletion(connection: Connection): NetlinkMessage {
  const isIpv4 = connection.source.length === 4;
  const port = (value: number) => Buffer.from([value >> 8, value & 0xff]);
  const [source, destination] = isIpv4 ? [1, 2] : [3, 4];
  return {
    type: deleteConnection,
    flags: netlinkFlags.acknowledge,
    body: Buffer.concat([
      Buffer.from([isIpv4 ? 2 : 10, 0, 0, 0]),
      nested(
        tupleOriginal,
        nested(tupleIp, attribute(source, connection.source), attribute(destination, connection.destination)),
        nested(
          tupleProtocol,
          attribute(1, Buffer.from([connection.protocol])),
          attribute(2, port(connection.sourcePort)),
          attribute(3, port(connection.port)),
        ),
      ),
    ]),
  };
}
