/** The internet, or a range so wide that it comes to the same, reaches a port on which it has no business. */

import {
  areInternetWide,
  intersect,
  isInternetWide,
  isOutside,
  rangesOf,
  trafficText,
} from '../../policy/index.ts';
import { type Flow, groupNameOf } from '../../prove/index.ts';
import { type Check, type CheckContext, finding, listText, type Observation, question } from '../checks.ts';
import type { FindingId } from '../finding-kinds.ts';
import { isPeer, isTrafficOf } from '../rule-match.ts';
import { adminPorts, databasePorts, type WellKnownPort } from '../well-known-ports.ts';

export const checkAdminPorts: Check = (context) =>
  checkPorts(context, 'internet-reaches-admin-port', adminPorts);

export const checkDatabasePorts: Check = (context) =>
  checkPorts(context, 'internet-reaches-database-port', databasePorts);

interface Exposure {
  readonly flow: Flow;
  readonly ports: readonly WellKnownPort[];
}

function checkPorts(
  context: CheckContext,
  id: FindingId,
  known: readonly WellKnownPort[],
): readonly Observation[] {
  const outside = context.flows.filter(
    ({ from, protocol }) => isOutside(from) && (protocol === 'tcp' || protocol === 'udp'),
  );
  const exposures = wideTogether(outside, known)
    .map((flow) => ({
      flow,
      ports: known.filter(({ port }) => holds(flow, port) && mayListen(context, flow, port)),
    }))
    .filter(({ ports }) => ports.length > 0);
  const groups = Map.groupBy(exposures.filter(isCertain), ({ flow, ports }) => {
    const { address } = admittingRule(context, flow, ports);
    return JSON.stringify([address, flow.protocol, ports]);
  });
  return [
    ...[...groups.values()].map((group) => tell(context, id, group)),
    ...exposures.filter(({ flow }) => isUnknown(flow)).map(ask),
  ];
}

/** Ranges count by what they open together: two hundred blocks are no narrower than the one that holds them. */
function wideTogether(flows: readonly Flow[], known: readonly WellKnownPort[]): readonly Flow[] {
  const alike = Map.groupBy(flows, ({ to, protocol, family }) => [to, protocol, family].join('\n'));
  return [...alike.values()].flatMap((own) =>
    own.filter(
      (flow) =>
        isInternetWide(flow.from) ||
        known.some(
          ({ port }) =>
            holds(flow, port) &&
            areInternetWide(own.filter((other) => holds(other, port)).map(({ from }) => from)),
        ),
    ),
  );
}

/** A load balancer takes nothing but what its listeners name, whatever its groups, or their absence, let through. */
function mayListen({ index }: CheckContext, { to, protocol }: Flow, port: number): boolean {
  const balancer = index.model.loadBalancers.find(({ address }) => address === groupNameOf(to));
  if (balancer === undefined) return true;
  return balancer.listeners.some(
    (listener) =>
      listener.port === port &&
      (listener.protocol === 'TCP_UDP' || (listener.protocol === 'UDP') === (protocol === 'udp')),
  );
}

/** UDP needs no answer to do harm; a TCP connection whose answers are dropped is none. */
function isCertain({ flow }: Exposure): boolean {
  if (isUnknown(flow)) return false;
  return flow.protocol === 'udp' || flow.verdict.kind !== 'never';
}

function isUnknown({ delivered, verdict, protocol }: Flow): boolean {
  return delivered.kind === 'unknown' || (verdict.kind === 'unknown' && protocol === 'tcp');
}

function tell(context: CheckContext, id: FindingId, group: readonly Exposure[]): Observation {
  const [first] = group;
  if (first === undefined) throw new TypeError('a group without a member');
  const { flow, ports } = first;
  const families = [...new Set(group.map((exposure) => exposure.flow.family))].sort();
  const over = families.length === 1 ? ` over IPv${families[0]}` : ' over IPv4 and IPv6';
  const who = group.every((exposure) => exposure.flow.from === 'internet')
    ? 'the internet'
    : listText(group.map((exposure) => exposure.flow.from));
  const names = ports.map(({ port, service }) => `${port} (${service})`);
  const targets = listText(group.map((exposure) => exposure.flow.to));
  const port = ports[0]?.port ?? 0;
  const rule = admittingRule(context, flow, ports);
  const trace = context.traces.trace({ ...flow, port });
  return finding(id, {
    address: rule.address,
    place: rule.place,
    message: `${who} reaches ${targets} on ${flow.protocol} port ${listText(names)}${over}`,
    path: trace?.lines ?? [],
  });
}

/** The rule that lets it in; where none filters, the endpoint itself. */
function admittingRule({ index }: CheckContext, flow: Flow, ports: readonly WellKnownPort[]) {
  const [networkInterface] = index.named(flow.to);
  const [port = 0] = ports.map((known) => known.port);
  const probe: Flow = { ...flow, ports: [{ from: port, to: port }] };
  const rule = (networkInterface === undefined ? [] : index.groupsOf(networkInterface))
    .flatMap(({ ingress }) => ingress)
    .find(
      (candidate) =>
        isTrafficOf(candidate, probe) && isPeer(index, candidate, { name: flow.from, family: flow.family }),
    );
  return rule ?? { address: networkInterface?.address ?? flow.to, place: networkInterface?.place };
}

function ask({ flow, ports }: Exposure): Observation {
  const causes = [flow.delivered, flow.verdict].flatMap((answer) =>
    answer.kind === 'unknown' ? answer.causes : [],
  );
  const traffic = trafficText(
    flow.protocol,
    ports.map(({ port }) => ({ from: port, to: port })),
  );
  return question(`whether the internet reaches ${flow.to} on ${traffic}`, causes);
}

function holds(flow: Flow, port: number): boolean {
  return intersect(rangesOf(flow), [{ from: port, to: port }]).length > 0;
}
