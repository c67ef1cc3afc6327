/** The backends of one balancer: a target group each, with the servers that this balancer's zone may use, and their health checks. */

import type { LoadBalancer, LoadBalancerTarget, NetworkInterface, VpcModel } from '../vpc/model.ts';
import { nameOf, quoted } from './haproxy-text.ts';
import type { BalancerSettings } from './settings.ts';

export type Mode = 'http' | 'tcp';

export interface BalancedTarget {
  /** As HAProxy names it in what it says. */
  readonly key: string;
  /** Of the target group. */
  readonly group: string;
  /** What people call the interface. */
  readonly endpoint: string;
  readonly port: number;
}

export interface BalancedGroups {
  /** The section's name. */
  use(mode: Mode, targets: readonly LoadBalancerTarget[]): string;
  lines(): readonly string[];
  /** Those whose health is checked. */
  targets(): readonly BalancedTarget[];
}

export interface GroupsContext {
  readonly model: VpcModel;
  readonly balancer: LoadBalancer;
  readonly networkInterface: NetworkInterface;
  readonly settings: BalancerSettings;
}

/** Shorter than AWS's, so that a run shows within a second what is reachable. */
export const healthCheckTimes = 'inter 1s fastinter 250ms downinter 500ms rise 1 fall 3';

const defaultStatuses = { application: '200', network: '200-399' } as const;

export function startGroups(context: GroupsContext): BalancedGroups {
  const sections = new Map<string, { readonly name: string; readonly lines: readonly string[] }>();
  const checked: BalancedTarget[] = [];
  return {
    use(mode, targets) {
      const [first] = targets;
      if (first === undefined) throw new TypeError('a target group has at least one port');
      const key = `${mode} ${first.address} ${targets.map(({ port }) => port).join(' ')}`;
      const known = sections.get(key);
      if (known) return known.name;
      const name = `${nameOf(first.address)}:${sections.size}`;
      const servers = targets.flatMap((target) => serversOf(target, name, context));
      sections.set(key, {
        name,
        lines: [
          `backend ${name}`,
          `    mode ${mode}`,
          ...checkLines(first, context),
          ...servers.map(({ line }) => line),
        ],
      });
      if (first.healthCheck) checked.push(...servers.map(({ target }) => target));
      return name;
    },
    lines: () => [...sections.values()].flatMap(({ lines }) => lines),
    targets: () => checked,
  };
}

function checkLines({ address, healthCheck }: LoadBalancerTarget, context: GroupsContext): readonly string[] {
  if (healthCheck === undefined) return [];
  const log = '    option log-health-checks';
  if (!healthCheck.protocol.startsWith('HTTP')) return [log];
  const { balancer, settings } = context;
  const statuses = settings.targetGroups.get(address)?.healthyStatuses ?? defaultStatuses[balancer.kind];
  return [
    log,
    '    option httpchk',
    `    http-check send meth GET uri ${quoted(healthCheck.path ?? '/')} ver HTTP/1.1 hdr Host ${context.networkInterface.privateAddress} hdr User-Agent ELB-HealthChecker/2.0`,
    `    http-check expect status ${statuses}`,
  ];
}

function serversOf(target: LoadBalancerTarget, section: string, context: GroupsContext) {
  const { model } = context;
  return target.interfaces
    .flatMap((id) => model.interfaces.find((one) => one.id === id) ?? [])
    .filter((one) => mayUse(one, target, context))
    .map((one) => {
      const server = `${one.id}:${target.port}`;
      const line = `    server ${server} ${one.privateAddress}:${target.port}${options(target)}`;
      const { address: group, port } = target;
      return { line, target: { key: `${section}/${server}`, group, endpoint: one.endpoint, port } };
    });
}

/** AWS does not verify the certificate of a target. */
function options({ protocol, healthCheck }: LoadBalancerTarget): string {
  const isTls = (name: string) => name === 'HTTPS' || name === 'TLS';
  const tls = isTls(protocol) ? ' ssl verify none' : '';
  if (healthCheck === undefined) return tls;
  const check = isTls(healthCheck.protocol) ? ' check-ssl verify none' : ' no-check-ssl';
  return `${tls} check port ${healthCheck.port}${check}`;
}

/** A target group's own word counts before the balancer's. */
function mayUse(one: NetworkInterface, { address }: LoadBalancerTarget, context: GroupsContext): boolean {
  const { model, balancer, networkInterface, settings } = context;
  const crosses =
    settings.targetGroups.get(address)?.crossesZones ??
    (balancer.kind === 'application' || settings.balancers.get(balancer.address)?.crossesZones === true);
  const zoneOf = ({ subnet }: NetworkInterface) =>
    model.subnets.find(({ address: own }) => own === subnet)?.availabilityZone;
  return crosses || zoneOf(one) === zoneOf(networkInterface);
}
