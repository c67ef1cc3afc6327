/** What the kernel and the machine must have for a fabric, tried out before anything is built, and what they may have. */
import { existsSync } from 'node:fs';
import { DrydockError } from '../../errors.ts';
import { clearRate, setRate } from '../link-rate-message.ts';
import { libc, sockets } from './libc.ts';
import type { FabricContext } from './make-namespaces.ts';
import { netlinkFamilies, openNetlinkSocket } from './netlink-socket.ts';

export interface Capabilities {
  /** nftables' library, rather than a process for each namespace. */
  readonly hasNftLibrary: boolean;
  readonly hasIpv6: boolean;
  /** Packets are lost by chance. */
  readonly hasLoss: boolean;
  /** Links are held to a bandwidth. */
  readonly hasLinkRates: boolean;
  /** Probes of single packets need raw sockets. */
  readonly hasRawSockets: boolean;
}

/** What a rule of ours needs, by the kernel module that brings it. */
const needs: Readonly<Record<string, string>> = {
  nf_tables: 'chain c { type filter hook input priority 0; }',
  nft_log: 'chain c { type filter hook input priority 0; log prefix "x" group 1 drop; }',
  nft_ct: 'chain c { type filter hook input priority 0; ct state established accept; }',
  nft_nat: 'chain c { type nat hook postrouting priority 100; }',
  nf_tables_set:
    'map m { type ipv4_addr : ipv4_addr; }\nchain c { type filter hook prerouting priority -150; ip daddr set ip daddr map @m; }',
};

const lossRule = 'chain c { type filter hook prerouting priority -400; numgen random mod 10000 < 1 drop; }';

/** Runs in the supervisor's own network namespace, in which nothing else is. @throws DrydockError SIM_FABRIC_FAILED naming all that is missing. */
export function probeCapabilities({ nft }: Pick<FabricContext, 'nft'>): Capabilities {
  const loads = (body: string) => {
    try {
      nft.load(`table inet drydock_probe {\n${body}\n}\ndelete table inet drydock_probe\n`);
      return true;
    } catch {
      return false;
    }
  };
  const missing = Object.keys(needs).filter((name) => !loads(needs[name] ?? ''));
  if (missing.length > 0) {
    throw new DrydockError(
      'SIM_FABRIC_FAILED',
      `could not build the network: this kernel lacks ${missing.join(', ')}; load them (sudo modprobe -a nf_tables nf_conntrack nft_nat veth)`,
    );
  }
  return {
    hasNftLibrary: nft.isLibrary,
    hasIpv6: existsSync('/proc/sys/net/ipv6'),
    hasLoss: loads(lossRule),
    hasLinkRates: canShapeLoopback(),
    hasRawSockets: canOpenRawSocket(),
  };
}

function canShapeLoopback(): boolean {
  const loopback = 1;
  using socket = openNetlinkSocket(netlinkFamilies.route);
  return socket.ask([setRate(loopback, 1_000_000), clearRate(loopback)]).every(({ error }) => error === 0);
}

function canOpenRawSocket(): boolean {
  const { socket, close } = libc();
  const descriptor = socket(sockets.ipv4, sockets.raw | sockets.closeOnExec, sockets.anyIpProtocol);
  if (descriptor < 0) return false;
  close(descriptor);
  return true;
}
