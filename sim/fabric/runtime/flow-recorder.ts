/**
 * Keeps flow logs of every interface in one process: what passed, from the counters of connection tracking, and what was
 * refused, from the log of the rules that refuse. It reads headers, never what packets hold.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { connectionGroups, parseConnection } from '../flow-logs/connection-messages.ts';
import type { FlowInterval } from '../flow-logs/flow.ts';
import { openInterval } from '../flow-logs/flow-interval.ts';
import { type MonitoredInterface, monitoredInterfaces } from '../flow-logs/monitored-interfaces.ts';
import { listenForRefusals, parseRefusal } from '../flow-logs/refusal-messages.ts';
import type { AppliedFabric } from '../protocol.ts';
import { openEventSockets } from './event-sockets.ts';
import { libc } from './libc.ts';
import { type FabricContext, writeSettings } from './make-namespaces.ts';
import { openStandingConnections } from './standing-connections.ts';

export interface FlowRecorder extends Disposable {
  /** Ends the interval that is under way and begins the next. */
  flush(): Promise<void>;
  /** Lets go of namespaces that are about to be deleted. */
  forget(namespaces: readonly string[]): void;
  /** Another fabric is in force. */
  follow(fabric: AppliedFabric): void;
}

export interface FlowRecorderOptions {
  readonly intervalSeconds: number;
  readonly onInterval: (interval: FlowInterval) => void;
}

/** Often enough that the kernel's buffers hold what comes in between. */
const lookMs = 200;
/** The kernel holds refused packets back for some ten milliseconds, to tell of several at once. */
const settleMs = 30;

export function openFlowRecorder(
  fabric: AppliedFabric,
  context: FabricContext,
  { intervalSeconds, onInterval }: FlowRecorderOptions,
): FlowRecorder {
  const { namespaces } = context;
  const sockets = openEventSockets(namespaces);
  const standing = openStandingConnections(namespaces);
  let monitored: readonly MonitoredInterface[] = [];
  let byNamespace = new Map<string, MonitoredInterface>();
  /** By router and number of the link there. */
  let byLink = new Map<string, MonitoredInterface>();
  let interval = openInterval(Date.now());

  const follow = (next: AppliedFabric) => {
    monitored = monitoredInterfaces(next);
    byNamespace = new Map(monitored.map((one) => [one.namespace, one]));
    const routers = next.routers.map(({ namespace }) => namespace);
    const wanted = new Set([...routers, ...byNamespace.keys()]);
    for (const gone of sockets.namespaces.filter((name) => !wanted.has(name))) {
      sockets.close(gone);
      standing.forget(gone);
    }
    for (const name of wanted) if (!sockets.namespaces.includes(name)) listen(name);
    byLink = linkNumbers(routers);
  };

  const listen = (namespace: string) => {
    const isInterface = byNamespace.has(namespace);
    if (isInterface) writeSettings({ [namespace]: countingSettings }, context);
    sockets.open(namespace, (socket) => {
      const failed = socket.ask(listenForRefusals()).find(({ error }) => error !== 0);
      if (failed) throw new Error(`${namespace} does not log refusals (errno ${failed.error})`);
      if (isInterface) for (const group of connectionGroups) socket.join(group);
    });
  };

  const linkNumbers = (routers: readonly string[]) => {
    const numbers = new Map<string, MonitoredInterface>();
    for (const router of routers) {
      namespaces.runSync(router, () => {
        for (const one of monitored.filter((candidate) => candidate.router === router))
          numbers.set(`${router} ${libc().if_nametoindex(one.link)}`, one);
      });
    }
    return numbers;
  };

  const look = () =>
    sockets.read(
      (namespace, type, body) => {
        const own = byNamespace.get(namespace);
        const refusal = parseRefusal(type, body);
        if (refusal !== undefined) {
          const link = refusal.direction === 'egress' ? refusal.fromLink : refusal.toLink;
          const at = own ?? byLink.get(`${namespace} ${link}`);
          // From outside there is no interface whose packet it was.
          if (at !== undefined) interval.addRefusal(at, refusal, Date.now());
        } else if (own !== undefined && standing.hear(namespace, type, body)) {
          const ended = parseConnection(type, body);
          if (ended !== undefined) interval.addConnection(own, ended, Date.now());
        }
      },
      (namespace) => {
        const own = byNamespace.get(namespace);
        standing.doubt(namespace);
        for (const at of own ? [own] : monitored.filter(({ router }) => router === namespace))
          interval.markLost(at);
      },
    );

  const countConnections = (at: MonitoredInterface) => {
    for (const connection of standing.count(at.namespace)) interval.addConnection(at, connection, Date.now());
  };

  const flush = async () => {
    await delay(settleMs);
    look();
    for (const at of monitored) countConnections(at);
    const [now, ended] = [Date.now(), interval];
    interval = openInterval(now);
    onInterval(ended.close(monitored, now));
  };

  follow(fabric);
  const looking = setInterval(look, lookMs);
  const closing = setInterval(() => void flush().catch(() => undefined), intervalSeconds * 1_000);
  return {
    flush,
    follow,
    forget(gone) {
      for (const name of gone) {
        sockets.close(name);
        standing.forget(name);
      }
    },
    [Symbol.dispose]() {
      clearInterval(looking);
      clearInterval(closing);
      sockets[Symbol.dispose]();
    },
  };
}

/** Connection tracking counts packets, tells of connections, and knows when one began. */
const countingSettings = {
  'netfilter/nf_conntrack_acct': '1',
  'netfilter/nf_conntrack_events': '1',
  'netfilter/nf_conntrack_timestamp': '1',
};
