/** Which interfaces flow logs are kept of, and what of theirs AWS does not log. Pure. */

import { addressBytes } from '../addresses.ts';
import type { AppliedFabric } from '../protocol.ts';

export interface MonitoredInterface {
  /** Its name for people. */
  readonly name: string;
  readonly namespace: string;
  readonly router: string;
  /** Its link's name at the router. */
  readonly link: string;
  /** AWS shows these alone, whatever a packet was addressed to. */
  readonly addresses: readonly Buffer[];
  /** Peers of which nothing is logged: resolver, metadata, time. */
  readonly unlogged: ReadonlySet<string>;
  /** What comes in for others leaves again under its own address. */
  readonly isNatGateway: boolean;
}

export const addressKey = (address: Buffer): string => address.toString('latin1');

export function monitoredInterfaces(fabric: AppliedFabric): readonly MonitoredInterface[] {
  const unlogged = new Map(
    fabric.routers.map(({ namespace, answersAt }) => [
      namespace,
      new Set(answersAt.map((address) => addressKey(addressBytes(address)))),
    ]),
  );
  const none: ReadonlySet<string> = new Set();
  return [
    ...fabric.interfaces.map(({ endpoint, namespace, router, link, privateAddress, ipv6Address }) => ({
      name: endpoint,
      namespace,
      router,
      link,
      addresses: [privateAddress, ...(ipv6Address === undefined ? [] : [ipv6Address])].map(addressBytes),
      unlogged: unlogged.get(router) ?? none,
      isNatGateway: false,
    })),
    ...fabric.natGateways.map(({ address, namespace, router, link, privateAddress }) => ({
      name: address,
      namespace,
      router,
      link,
      addresses: [addressBytes(privateAddress)],
      unlogged: unlogged.get(router) ?? none,
      isNatGateway: true,
    })),
  ];
}
