/** Kernel settings of each namespace, by their path below `/proc/sys/net`. */
import type { CompiledFabric } from './compiled-fabric.ts';
import { familiesAmong } from './families.ts';
import { internetNamespace } from './names.ts';
import type { PlacedVpc } from './topology.ts';

type Settings = Readonly<Record<string, string>>;

/** An address family without addresses could only open a path that nobody judged. */
const withoutIpv6: Settings = { 'ipv6/conf/all/disable_ipv6': '1', 'ipv6/conf/default/disable_ipv6': '1' };
const withIpv6: Settings = {
  // No address that the model does not name.
  'ipv6/conf/all/addr_gen_mode': '1',
  'ipv6/conf/default/addr_gen_mode': '1',
  'ipv6/conf/default/accept_ra': '0',
  'ipv6/conf/default/accept_dad': '0',
  // A VPC may get IPv6 while it runs.
  'ipv6/conf/all/disable_ipv6': '0',
  'ipv6/conf/default/disable_ipv6': '0',
};

/** Answers are evidence, and a limit on them would make them chance. */
const answers: Settings = { 'ipv4/icmp_ratelimit': '0', 'ipv6/icmp/ratelimit': '0' };

const forwards: Settings = {
  ...answers,
  'ipv4/ip_forward': '1',
  'ipv4/conf/all/rp_filter': '0',
  'ipv4/conf/default/rp_filter': '0',
  'ipv4/conf/all/send_redirects': '0',
  'ipv4/conf/default/send_redirects': '0',
};

const forwardsBoth: Settings = {
  ...withIpv6,
  ...forwards,
  'ipv6/conf/all/forwarding': '1',
  'ipv6/conf/default/forwarding': '1',
};

/** It sends from any public address, and takes packets to any. */
const internet: Settings = {
  ...forwardsBoth,
  'ipv4/ip_nonlocal_bind': '1',
  'ipv6/ip_nonlocal_bind': '1',
};

export function sysctls(vpcs: readonly PlacedVpc[]): CompiledFabric['sysctls'] {
  const router = ({ hasIpv6 }: PlacedVpc) => (hasIpv6 ? forwardsBoth : { ...withoutIpv6, ...forwards });
  return Object.fromEntries([
    [internetNamespace, internet],
    ...vpcs.flatMap((placed) => [
      [placed.router, router(placed)],
      [placed.edge, router(placed)],
      ...placed.interfaces.map(({ namespace, networkInterface }) => [
        namespace,
        {
          ...(networkInterface.ipv6Address === undefined ? withoutIpv6 : withIpv6),
          ...answers,
          // Programs bind 443 without any capability.
          'ipv4/ip_unprivileged_port_start': '0',
        },
      ]),
      ...placed.natGateways.map(({ namespace }) => [namespace, { ...withoutIpv6, ...forwards }]),
      ...placed.endpoints.map(({ namespace, endpoint }) => [
        namespace,
        {
          ...(familiesAmong(endpoint.cidrs).includes(6) ? withIpv6 : withoutIpv6),
          ...answers,
        },
      ]),
    ]),
  ]);
}
